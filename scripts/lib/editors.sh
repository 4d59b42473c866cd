# Writes the settings of scripts/env where editors look for them, so that gopls, tests and
# debuggers that an editor starts find libtensorflow: VS Code's go.toolsEnvVars and
# GoLand's environment of Go modules. Files of other origin are not changed.
# Sourced by scripts/setup.

marker='// Written by scripts/setup. Remove this line to have the set-up leave the file alone.'

# write_editors CHECKOUT writes the settings for the library in the checkout's note.
write_editors() {
  local code=$1/.vscode/settings.json land=$1/.idea/workspace.xml
  . "$(note_of "$1")"
  . "$1/scripts/lib/flags.sh"
  if [ ! -e "$code" ] || [ "$(head -n 1 "$code")" = "$marker" ]; then
    vscode_settings | replace "$code"
  fi
  if [ ! -e "$land" ] || { grep -q 'TFLAB_BUILT_FOR' "$land" && [ "$(wc -l <"$land")" -eq "$(goland_settings | wc -l)" ]; }; then
    goland_settings | replace "$land"
  fi
}

# advise_editors CHECKOUT prints the editors whose existing files lack the settings.
advise_editors() {
  local file
  for file in .vscode/settings.json .idea/workspace.xml; do
    grep -qF "$link_dir" "$1/$file" 2>/dev/null ||
      say "$file is yours and stays as it is; CONTRIBUTING.md (Editors) has what it lacks"
  done
}

vscode_settings() {
  printf '%s\n{\n  "go.toolsEnvVars": {\n    "CGO_CFLAGS": "%s",\n    "CGO_LDFLAGS": "%s"\n  }\n}\n' \
    "$marker" "$(json "$cflags")" "$(json "$ldflags")"
}

goland_settings() {
  cat <<END
<?xml version="1.0" encoding="UTF-8"?>
<project version="4">
  <component name="VgoProject">
    <environment>
      <map>
        <entry key="CGO_CFLAGS" value="$(xml "$cflags")" />
        <entry key="CGO_LDFLAGS" value="$(xml "$ldflags")" />
      </map>
    </environment>
  </component>
</project>
END
}

json() { sed 's/[\\"]/\\&/g' <<<"$1"; }
xml() { sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/"/\&quot;/g' <<<"$1"; }

# replace FILE writes stdin to the file, unless the file already has that content.
replace() {
  local new=$1.$$
  mkdir -p "$(dirname "$1")"
  cat >"$new"
  if cmp -s "$new" "$1"; then rm "$new"; else mv -f "$new" "$1"; fi
}
