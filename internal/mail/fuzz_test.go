package mail

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range paths {
		raw, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte("Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=a\n\n--a\nx\n--a--"))
	f.Add([]byte("Subject: =?utf-8?b?=?= =?\n\n=?"))
	f.Add([]byte("Subject: Hei\nContent-Type: mul\x85ipart/mixed\xe8\x03\x00\n\nhei"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Parse(t.Context(), bytes.NewReader(raw), Options{TempDir: t.TempDir()})
		if err == nil {
			checkClean(t, "fuzzed", m)
			again, err := Parse(t.Context(), bytes.NewReader(raw), Options{TempDir: t.TempDir()})
			if err != nil || again.Key != m.Key {
				t.Errorf("read twice: key %s, then %v, %v", m.Key, again, err)
			}
		}
		if _, err := HTML(t.Context(), bytes.NewReader(raw), Options{}); err != nil {
			t.Error(err)
		}
	})
}

// FuzzTakeApart checks that no word is lost or doubled on the way.
func FuzzTakeApart(f *testing.F) {
	f.Add("Hei\n\nDen 6. mai 2024 skrev Kari:\n> gammelt\nnytt", false)
	f.Add("Fra: Kari\nSendt: i dag\nTil: Ola\nEmne: x\n\ntekst\n-----Original Message-----\nmer", true)
	f.Add("---------- Forwarded message ----------\n> From: x\n>> y\n\nMvh\nKari Lie\nFjord AS", false)
	f.Fuzz(func(t *testing.T, text string, forwarded bool) {
		if !utf8.ValidString(text) {
			return
		}
		l := takeApart(text, forwarded)
		words := func(s string) int { return len(strings.Join(strings.Fields(strings.ReplaceAll(s, ">", "")), "")) }
		have := words(strings.Join(l.fresh, "\n")) + words(strings.Join(l.quoted, "\n"))
		if want := words(text); have != want {
			t.Errorf("%d letters of %d in %q", have, want, text)
		}
		for _, i := range l.inner {
			if i < 0 || i > len(l.fresh) {
				t.Errorf("header of a forwarded mail at line %d of %d", i, len(l.fresh))
			}
		}
		var find finder
		find.text(l, 1)
	})
}
