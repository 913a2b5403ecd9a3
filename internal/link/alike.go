package link

import (
	"slices"
	"strings"
)

// Alike tells how alike two names are, from 0 to 1 (equal words). Names that
// differ in a number, a direction, a land or a generic part such as Holding
// differ on purpose: they are told apart.
func (n Name) Alike(o Name) (dice float64, apart bool) {
	a, b := n.Key(), o.Key()
	if a == b {
		return 1, n.Form != "" && o.Form != "" && n.Form != o.Form && formsDiffer(n.Form, o.Form)
	}
	// Registers and old systems cut names off at 30 characters or so.
	if long, short := max(len(a), len(b)), min(len(a), len(b)); short >= 20 && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) && long-short < 30 {
		return .9, tellApart(n, o)
	}
	if abbreviates(n, o) {
		return .9, tellApart(n, o)
	}
	return diceOf(a, b), tellApart(n, o) || sisters(n, o)
}

// sisters reports whether two names share a word and each has another besides
// that is no spelling of one of the other's: Havlund Drift and Havlund Teknikk.
// A name and its variant differ by typing errors, or on one side only.
func sisters(n, o Name) bool {
	common := slices.ContainsFunc(n.Words, func(w string) bool {
		return len(w) >= 4 && slices.ContainsFunc(o.Words, func(x string) bool { return w == x || len(w) >= 7 && withinOne(w, x) })
	})
	return common && n.hasBeyond(o) && o.hasBeyond(n)
}

// slip reports whether the names are equal but for one typing error inside one
// word: a letter doubled or dropped, or swapped with its neighbour. Another letter, or
// one more at the end, makes another name: Lund and Lunde, Solvik and Solvin.
func slip(n, o Name) bool {
	if len(n.Words) != len(o.Words) || len(n.Key()) < 10 {
		return false
	}
	slips := 0
	for i, w := range n.Words {
		x := o.Words[i]
		if w == x {
			continue
		}
		framed := w[0] == x[0] && w[len(w)-1] == x[len(x)-1]
		if slips++; slips > 1 || min(len(w), len(x)) < 5 || !withinOne(w, x) || len(w) != len(x) && !framed || len(w) == len(x) && !anagrams(w, x) {
			return false
		}
	}
	return slips == 1
}

func anagrams(a, b string) bool {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	return string(x) == string(y)
}

// hasBeyond reports whether the name has a word that none of o's may spell.
func (n Name) hasBeyond(o Name) bool {
	return slices.ContainsFunc(n.Words, func(w string) bool {
		return !slices.ContainsFunc(o.Words, func(x string) bool {
			return w == x || len(w) >= 4 && len(x) >= 4 && (withinOne(w, x) || len(w) >= 7 && diceOf(w, x) >= .7) || dropped(w, x) ||
				strings.HasPrefix(w, x) || strings.HasPrefix(x, w) || shortens(n.Cut[w], x) || shortens(o.Cut[x], w)
		})
	})
}

// dropped reports whether one of two short words lacks a letter within that the other has.
func dropped(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= 3 && len(b) == len(a)+1 && a[0] == b[0] && a[len(a)-1] == b[len(b)-1] && withinOne(a, b)
}

// abbreviates reports whether the names agree word by word, some words cut
// short: "Granmoen Verkst." and "Granmoen Verksted".
func abbreviates(n, o Name) bool {
	a, b := n.Words, o.Words
	if len(a) != len(b) {
		return false
	}
	whole := false
	for i := range a {
		if !strings.HasPrefix(a[i], b[i]) && !strings.HasPrefix(b[i], a[i]) && !shortens(n.Cut[a[i]], b[i]) && !shortens(o.Cut[b[i]], a[i]) {
			return false
		}
		whole = whole || a[i] == b[i] && len(a[i]) >= 4
	}
	return whole
}

// shortens reports whether the pieces stand at the start and at the end of a word.
func shortens(pieces []string, word string) bool {
	if len(pieces) != 2 || pieces[0] == "" {
		return false
	}
	return len(word) > len(pieces[0])+len(pieces[1]) && strings.HasPrefix(word, pieces[0]) && strings.HasSuffix(word, pieces[1])
}

// tellApart reports whether the words that only one of the names has are of the
// sort that distinguishes sister companies.
func tellApart(a, b Name) bool {
	for _, pair := range [][2]Name{{a, b}, {b, a}} {
		for _, w := range pair[0].Words {
			if (distinguishing[w] || isNumber(w)) && !slices.ContainsFunc(pair[1].Words, func(o string) bool { return o == w || mistyped(w, o) || pair[1].cutsShort(o, w) }) {
				return true
			}
		}
	}
	return false
}

// cutsShort reports whether the name writes the distinguishing word w as o, with a
// dot behind it: "Transp." for "Transport".
func (n Name) cutsShort(o, w string) bool {
	_, dotted := n.Cut[o]
	return dotted && len(o) >= 3 && len(o) < len(w) && !distinguishing[o] && !isNumber(w) && strings.HasPrefix(w, o)
}

// mistyped reports whether o is the distinguishing word w with one letter wrong,
// doubled, left out or swapped, and no such word itself. Directions of three
// letters are too short but for a doubled one.
func mistyped(w, o string) bool {
	if isNumber(w) || distinguishing[o] || isNumber(o) || w[0] != o[0] || len(w) < 3 {
		return false
	}
	return withinOne(w, o) && (len(w) > 3 || len(o) > len(w))
}

// withinOne reports whether two words differ by one letter inserted, dropped or
// replaced, or by two neighbours swapped.
func withinOne(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) || a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

func isNumber(w string) bool {
	return strings.Trim(w, "0123456789") == "" || strings.Trim(w, "iv") == ""
}

var distinguishing = wordSet(`nord sor syd vest ost aust norr soder vaster oster pohjoinen etela ita lansi ny gamle
		norge norway sverige sweden danmark denmark suomi finland norden nordic scandinavia
		holding invest eiendom eiendommer fastighet fastigheter ejendomme kiinteisto drift gruppen group konsern service
		regnskap transport eksport import utleie handel borettslag sameie sameiet stiftelse stiftelsen`)

// diceOf is the Sørensen–Dice coefficient of the letter pairs of two strings.
func diceOf(a, b string) float64 {
	if len(a) < 2 || len(b) < 2 {
		return 0
	}
	pairs := make(map[string]int, len(a))
	for i := range len(a) - 1 {
		pairs[a[i:i+2]]++
	}
	common := 0
	for i := range len(b) - 1 {
		if pairs[b[i:i+2]] > 0 {
			pairs[b[i:i+2]]--
			common++
		}
	}
	return 2 * float64(common) / float64(len(a)+len(b)-2)
}

// abbreviated reports whether one name is an acronym and may be that of the
// other; fits, that the letters agree. Joining words may count as letters.
func abbreviated(a, b Name) (may, fits bool) {
	if !a.acronym() {
		a, b = b, a
	}
	if !a.acronym() || len(b.Words) < 2 {
		return false, false
	}
	short, long := a.Words[0], b.initials()
	if len(long) == 0 {
		return true, false
	}
	return true, short == long || len(short) == len(long)+1 && strings.HasPrefix(short, long[:1]) && strings.HasSuffix(short, long[len(long)-1:]) && subsequence(long, short)
}

func subsequence(short, long string) bool {
	for i := 0; i < len(long) && short != ""; i++ {
		if long[i] == short[0] {
			short = short[1:]
		}
	}
	return short == ""
}
