package mail

import (
	"strings"
	"testing"
	"time"
)

func TestTakeApart(t *testing.T) {
	const history = "Eldre tekst."
	for _, c := range []struct {
		name, text string
		forwarded  bool
		fresh      string // lines joined by "|"
		quoted     string // a part of the quoted text
	}{
		{"norsk, Gmail", "Hei\n\nman. 6. mai 2024 kl. 10:12 skrev Kari Lie <kari@x.example>:\n\n> Eldre tekst.\n", false, "Hei", history},
		{"norsk, broken over lines", "Hei\n\nDen 6. mai 2024 kl. 10:12 skrev Kari\nLie <kari@x.example> følgende:\n> Eldre tekst.", false, "Hei", history},
		{"norsk, a date alone", "Hei\n\nTue, 02 Jan 2024 11:11:50 +0100 skrev:\n> Eldre tekst.", false, "Hei", history},
		{"norsk, without marks", "Hei\n\n6. mai 2024 kl. 10:12 skrev Kari <kari@x.example>:\n\nEldre tekst.\nmer", false, "Hei", history},
		{"norsk, Outlook", "Hei\n\nFra: Kari Lie <kari@x.example>\nSendt: mandag 6. mai 2024 10:12\nTil: Ola\nEmne: SV: Tilbud\n\nEldre tekst.", false, "Hei", history},
		{"norsk, Outlook with stars", "Hei\n\n*Fra:* Kari Lie\n*Sendt:* mandag 6. mai 2024\n*Til:* Ola\n*Emne:* Tilbud\n\nEldre tekst.", false, "Hei", history},
		{"svenska", "Hej\n\nDen mån 6 maj 2024 kl 10:12 skrev Kari Lie <kari@x.example>:\n> Eldre tekst.", false, "Hej", history},
		{"svenska, Outlook", "Hej\n\n________________________________\nFrån: Kari\nSkickat: den 6 maj 2024\nTill: Ola\nÄmne: Offert\n\nEldre tekst.", false, "Hej", history},
		{"dansk", "Hej\n\nDen man. 6. maj 2024 kl. 10.12 skrev Kari Lie <kari@x.example>:\n> Eldre tekst.", false, "Hej", history},
		{"dansk, Outlook", "Hej\n\n-----Oprindelig meddelelse-----\nFra: Kari\nSendt: 6. maj 2024\nTil: Ola\nEmne: Tilbud\n\nEldre tekst.", false, "Hej", history},
		{"suomi", "Hei\n\nma 6. toukok. 2024 klo 10.12 Kari Lie (kari@x.example) kirjoitti:\n> Eldre tekst.", false, "Hei", history},
		{"suomi, verb before the time", "Hei\n\nKari Lie <kari@x.example> kirjoitti 6.5.2024 kello 10.12:\n\n> Eldre tekst.", false, "Hei", history},
		{"suomi, Outlook answers with VS", "Hei\n\nLähettäjä: Kari\nLähetetty: maanantai 6. toukokuuta 2024\nVastaanottaja: Ola\nAihe: Tarjous\n\nEldre tekst.", true, "Hei", history},
		{"English", "Hi\n\nOn Mon, May 6, 2024 at 10:12 AM Kari Lie <kari@x.example> wrote:\n> Eldre tekst.", false, "Hi", history},
		{"English, Outlook", "Hi\n\n-----Original Message-----\nFrom: Kari\nSent: 6 May 2024\nTo: Ola\nSubject: Offer\n\nEldre tekst.", false, "Hi", history},
		{"Deutsch", "Hallo\n\nAm 06.05.24 um 10:12 schrieb Kari Lie:\n> Eldre tekst.", false, "Hallo", history},
		{"Deutsch, Outlook", "Hallo\n\nVon: Kari\nGesendet: Montag, 6. Mai 2024\nAn: Ola\nBetreff: Angebot\n\nEldre tekst.", false, "Hallo", history},
		{"answers in between", "> Første spørsmål?\nJa.\n\n> Andre spørsmål?\nNei.", false, "Ja.||Nei.", "Andre"},
		{"answer below", "Kari skrev:\n> Eldre tekst.\n\nSvaret er ja.", false, "Svaret er ja.", history},
		{"initials before the mark", "Ja.\nKL> Eldre tekst.", false, "Ja.", history},
		{"mobile signature", "Kommer straks\n\nSendt fra min iPhone", false, "Kommer straks", "iPhone"},
		{"forwarded, Gmail", "Se under\n\n---------- Videresendt melding ---------\nFra: Kari <kari@x.example>\nDato: man. 6. mai 2024\nEmne: Tilbud\nTil: Ola\n\nEldre tekst.", false,
			"Se under||---------- Videresendt melding ---------|Fra: Kari <kari@x.example>|Dato: man. 6. mai 2024|Emne: Tilbud|Til: Ola||Eldre tekst.", ""},
		{"forwarded, Outlook", "Se under\n\nFra: Kari\nSendt: i går\nTil: Ola\nEmne: Tilbud\n\nHjelp!\n\nFra: Ola\nSendt: i forgårs\nTil: Kari\nEmne: Tilbud\n\nEldre tekst.", true,
			"Se under||Fra: Kari|Sendt: i går|Til: Ola|Emne: Tilbud||Hjelp!", history},
		{"forwarded, Apple", "Se under\n\nVidarebefordrat brev:\n\n> Från: Kari\n> Ämne: Offert\n> Datum: 6 maj 2024\n> \n> Hjälp!\n>> Eldre tekst.", false,
			"Se under||Vidarebefordrat brev:|Från: Kari|Ämne: Offert|Datum: 6 maj 2024||Hjälp!", history},
		{"forwarded without a word", "Fra: Kari\nSendt: i går\nTil: Ola\nEmne: Tilbud\n\nHjelp!", false, "Fra: Kari|Sendt: i går|Til: Ola|Emne: Tilbud||Hjelp!", ""},
		{"prose that looks alike", "Fra: vårt lager sender vi varene.\nDet skrev vi i 2023: husk nøkler.\nOla skrev kontrakten.", false,
			"Fra: vårt lager sender vi varene.|Det skrev vi i 2023: husk nøkler.|Ola skrev kontrakten.", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := takeApart(c.text, c.forwarded)
			if got := strings.Join(l.fresh, "|"); got != c.fresh {
				t.Errorf("fresh  %q\n  want %q", got, c.fresh)
			}
			if got := strings.Join(l.quoted, "\n"); !strings.Contains(got, c.quoted) || c.quoted == "" && got != "" {
				t.Errorf("quoted %q, want %q in it", got, c.quoted)
			}
		})
	}
}

// TestTakeApartIsLinear takes hostile texts of 2 MB apart: at quadratic cost one
// of them would take hours.
func TestTakeApartIsLinear(t *testing.T) {
	for name, line := range map[string]string{
		"attributions": "Den 6. mai 2024 kl. 10:12 skrev\n", "verbs": "skrev:\n", "authors": "Fra: Kari\n", "labels": "Til: Kari\n",
		"marks": "----- Forwarded message -----\n", "colons": ":\n", "quotes": ">", "blank": "\n", "rules": "_____\n", "closings": "Mvh\n",
		"apple": "Begin forwarded message:\n> ", "one line": "skrev ", "forms": "AS ", "digits": "Org.nr 1", "phones": "tlf 22 ", "ats": "@", "dots": "a.",
	} {
		start := time.Now()
		l := takeApart(strings.Repeat(line, (2<<20)/len(line)), true)
		var f finder
		f.text(l, 1)
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s: %v", name, d)
		}
	}
}

func TestIsForward(t *testing.T) {
	for subject, want := range map[string]bool{
		"VS: Tilbud": true, "Fwd: Tilbud": true, "FW: x": true, "VB: Offert": true, "WG: Angebot": true, "Vl: Tarjous": true,
		"SV: VS: Tilbud": false, "Re: Tilbud": false, "Tilbud": false, "VS Tilbud": false, "": false,
	} {
		if got := isForward(subject); got != want {
			t.Errorf("isForward(%q) = %v", subject, got)
		}
	}
}
