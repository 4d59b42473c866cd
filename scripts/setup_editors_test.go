package scripts

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// editorSettings returns the variables that VS Code and GoLand set for a checkout.
func (c checkout) editorSettings(t *testing.T) (code, land map[string]string) {
	t.Helper()
	_, text, _ := strings.Cut(c.read(t, ".vscode/settings.json"), "\n") // after the comment
	var settings struct {
		Variables map[string]string `json:"go.toolsEnvVars"`
	}
	if err := json.Unmarshal([]byte(text), &settings); err != nil {
		t.Fatal(err)
	}
	var project struct {
		Entries []struct {
			Key   string `xml:"key,attr"`
			Value string `xml:"value,attr"`
		} `xml:"component>environment>map>entry"`
	}
	if err := xml.Unmarshal([]byte(c.read(t, ".idea/workspace.xml")), &project); err != nil {
		t.Fatal(err)
	}
	land = map[string]string{}
	for _, e := range project.Entries {
		land[e.Key] = e.Value
	}
	return settings.Variables, land
}

func (c checkout) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Editors get the same settings as scripts/env gives a shell, for the most recently
// chosen library.
func TestSetupWritesWhatEditorsRead(t *testing.T) {
	t.Parallel()
	c := newCheckout(t)
	for _, version := range []string{"2.15.1", "2.21.0"} {
		setting := "TFLAB_LIBTENSORFLOW=" + library(t, version, version)
		if _, stderr, err := c.run(t, "setup", setting); err != nil || strings.Contains(stderr, "is yours") {
			t.Fatalf("%v, stderr %q", err, stderr)
		}
		stdout, _, err := c.run(t, "env", setting)
		if err != nil {
			t.Fatal(err)
		}
		code, land := c.editorSettings(t)
		for _, name := range []string{"CGO_CFLAGS", "CGO_LDFLAGS"} {
			var want string
			for line := range strings.Lines(stdout) {
				if value, ok := strings.CutPrefix(line, "export "+name+"="); ok {
					want = strings.ReplaceAll(strings.TrimSpace(value), `\`, "") // without the shell's quoting
				}
			}
			if want == "" || code[name] != want || land[name] != want {
				t.Errorf("%s: VS Code has %q, GoLand %q, want %q", name, code[name], land[name], want)
			}
		}
	}
}

func TestSetupLeavesSettingsOfAnEditor(t *testing.T) {
	t.Parallel()
	c := newCheckout(t)
	const own = "{\"editor.fontSize\": 12}\n"
	write(t, filepath.Join(c.folder, ".vscode/settings.json"), own)
	_, stderr, err := c.run(t, "setup", "TFLAB_LIBTENSORFLOW="+library(t, "2.18.1", "2.18.1"))
	if err != nil || !strings.Contains(stderr, ".vscode/settings.json is yours") {
		t.Errorf("%v, stderr %q, want the file named", err, stderr)
	}
	if got := c.read(t, ".vscode/settings.json"); got != own {
		t.Errorf("the user's file became %q", got)
	}
}
