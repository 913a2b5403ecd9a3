package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sentences are what the program says in English outside the pages: why a source
// cannot be read, why a request was refused, what a setting means. They come to
// the pages as finished texts, some of them long after they were written, so
// that they are known again here by their pattern, with blanks {0}, {1} … for
// what was filled in, and said in the language of the page.
type sentences struct {
	known  []sentence
	simple map[string]sentence // those without blanks
}

// sentence is one pattern in all languages.
type sentence struct {
	by      map[string]string
	pattern *regexp.Regexp
	literal int // letters that are not blanks
}

var blankMark = regexp.MustCompile(`\{(\d)\}`)

func loadSentences() (sentences, error) {
	s := sentences{simple: map[string]sentence{}}
	data, err := files.ReadFile("locales/sentences.json")
	if err != nil {
		return s, err
	}
	var list []map[string]string
	if err := json.Unmarshal(data, &list); err != nil {
		return s, fmt.Errorf("locales/sentences.json: %w", err)
	}
	for _, by := range list {
		en := by["en"]
		one := sentence{by: by, literal: len(blankMark.ReplaceAllString(en, ""))}
		if !blankMark.MatchString(en) {
			s.simple[en] = one
			continue
		}
		quoted := regexp.MustCompile(`\\\{\d\\\}`).ReplaceAllString(regexp.QuoteMeta(en), "(.+?)")
		if one.pattern, err = regexp.Compile("(?s)^" + quoted + "$"); err != nil {
			return s, fmt.Errorf("sentence %q: %w", en, err)
		}
		s.known = append(s.known, one)
	}
	slices.SortFunc(s.known, func(a, b sentence) int { return cmp.Compare(b.literal, a.literal) })
	return s, nil
}

// in says the text in the language. What was filled in may be a sentence itself.
// A text that is not known stays as it is.
func (s *sentences) in(lang, text string) string {
	if one, ok := s.simple[text]; ok {
		return one.by[lang]
	}
	for _, one := range s.known {
		prefix, _ := one.pattern.LiteralPrefix()
		if !strings.HasPrefix(text, prefix) {
			continue
		}
		m := one.pattern.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		order := blankMark.FindAllStringSubmatch(one.by["en"], -1)
		return blankMark.ReplaceAllStringFunc(one.by[lang], func(blank string) string {
			n, _ := strconv.Atoi(blank[1:2])
			for i, o := range order {
				if o[1] == strconv.Itoa(n) {
					return s.in(lang, m[i+1])
				}
			}
			return blank
		})
	}
	return text
}

// Say says a sentence of the program in the language.
func (s *Site) Say(lang, english string) string { return s.sentences.in(lang, english) }
