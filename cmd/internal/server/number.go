package server

import "bytes"

// isNumber reports whether a word is a JSON number, which excludes "+1", "01", "1." and
// ".5".
func isNumber(word []byte) bool {
	word = bytes.TrimPrefix(word, []byte("-"))
	digits := func() (n int) {
		for n < len(word) && word[n] >= '0' && word[n] <= '9' {
			n++
		}
		word = word[n:]
		return n
	}
	leading := word
	if n := digits(); n == 0 || n > 1 && leading[0] == '0' {
		return false
	}
	if len(word) > 0 && word[0] == '.' {
		if word = word[1:]; digits() == 0 {
			return false
		}
	}
	if len(word) > 0 && (word[0] == 'e' || word[0] == 'E') {
		if word = word[1:]; len(word) > 0 && (word[0] == '+' || word[0] == '-') {
			word = word[1:]
		}
		if digits() == 0 {
			return false
		}
	}
	return len(word) == 0
}
