package link

import (
	"cmp"
	"slices"
)

// longForms are kept forms by their abbreviations, and the usual abbreviations of
// forms that are dropped.
var longForms = map[string]string{"aktiebolag": "ab", "aktiebolaget": "ab", "aksjeselskap": "as", "aktieselskab": "as", "anpartsselskab": "aps", "osakeyhtio": "oy", "handelsbolag": "hb",
	"kommanditbolag": "kb", "enkeltpersonforetak": "enk", "enkeltpersonsforetak": "enk", "limited": "ltd",
	"brl": "borettslag", "brf": "bostadsrattsforening", "stift": "stiftelsen"}

// legalForms maps a folded legal form to the country it points to, or "-" where
// it exists in several.
var legalForms = map[string]string{
	"as": "-", "asa": "NO", "enk": "NO", "ans": "NO", "da": "NO", "sa": "NO", "ba": "NO", "nuf": "NO", "sf": "NO", "kf": "NO", "iks": "NO", "brl": "NO",
	"stiftelse": "-", "stiftelsen": "-", "borettslag": "NO", "sameie": "NO", "sameiet": "NO", "ks": "-",
	"ab": "-", "hb": "SE", "kb": "-", "publ": "SE",
	"aps": "DK", "is": "DK", "ps": "DK", "amba": "DK", "ivs": "DK", "fmba": "DK",
	"oy": "FI", "oyj": "FI", "abp": "FI", "ky": "FI", "ay": "FI", "tmi": "FI", "osk": "FI", "ry": "FI", "rf": "FI",
	"ltd": "-", "gmbh": "-", "inc": "-",
	"kommune": "-", "kommun": "-", "kommunen": "-", "fylkeskommune": "NO", "kaupunki": "FI", "kunta": "FI",
}

// municipal are words for public bodies, after which their departments are named.
var municipal = wordSet("kommune kommun kommunen fylkeskommune kaupunki kunta")

// keptForms name a kind of body and stay in the name: dropping them would make
// a housing co-operative equal to a firm of its name.
var keptForms = map[string]bool{"borettslag": true, "sameie": true, "sameiet": true, "stiftelse": true, "stiftelsen": true, "brl": true,
	"kommune": true, "kommun": true, "kommunen": true, "fylkeskommune": true, "kaupunki": true, "kunta": true}

// uniqueForms are those of companies of which no register of the Nordic countries
// enters two of one name (foretaksnavneloven, lagen om företagsnamn, selskabsloven § 2, toiminimilaki).
var uniqueForms = wordSet("as asa ab abp publ aps oy oyj")

// managedBodies are owned by those who live there, and run by a manager who runs
// others, too.
var managedBodies = wordSet("borettslag sameie sameiet bostadsrattsforening samfallighet samfallighetsforening ejerforening ejerlejlighedsforening andelsboligforening andelsforening taloyhtio velforening vel")

// managed reports whether the name is that of a body that others manage.
func (n Name) managed() bool {
	return slices.ContainsFunc(n.Words, func(w string) bool { return managedBodies[w] })
}

func stripForm(words []string) Name {
	var n Name
	isForm := func(w string) bool { return legalForms[w] != "" && !keptForms[w] }
	note := func(w string) {
		if n.Form == "" || w == "oy" {
			n.Form = w
		}
	}
	end := len(words)
	for end > 1 && isForm(words[end-1]) {
		end--
		note(words[end])
	}
	start := 0
	for start < end-1 && isForm(words[start]) {
		note(words[start])
		start++
	}
	for _, w := range words[start:end] {
		if keptForms[w] && n.Form == "" {
			n.Form = w
		}
	}
	n.Words = words[start:end]
	return n
}

// Country is the country that the legal form points to, "" if it does not.
func (n Name) Country() string {
	if c := legalForms[n.Form]; c != "-" {
		return c
	}
	return ""
}

// alikeForms are forms that one company is written with in turn: public and
// private, in either language of Finland, and what a housing co-operative is called.
var alikeForms = map[string]string{"asa": "as", "abp": "ab", "publ": "ab", "oy": "ab", "oyj": "ab", "brl": "borettslag", "sameiet": "sameie", "stiftelsen": "stiftelse", "kommun": "kommune", "kommunen": "kommune"}

func formsDiffer(a, b string) bool {
	if a == "sa" && b == "as" || a == "as" && b == "sa" {
		return false // two letters swapped, more often than a co-operative of a company's name
	}
	return cmp.Or(alikeForms[a], a) != cmp.Or(alikeForms[b], b)
}
