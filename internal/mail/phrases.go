package mail

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"samsyn/internal/hub"
)

// What mail programs write in Norwegian, Swedish, Danish, Finnish, German and
// English. All are compared in lower case.

// authorLabels and letterLabels stand before the lines of a quoted header.
var authorLabels = []string{"fra", "från", "from", "lähettäjä", "von"}

var letterLabels = []string{
	"sendt", "skickat", "sent", "lähetetty", "gesendet", "dato", "datum", "date", "päivämäärä", "pvm",
	"til", "till", "to", "vastaanottaja", "an", "kopi", "kopia", "kopio", "cc",
	"emne", "ämne", "subject", "aihe", "betreff", "reply-to", "svar til", "viktighet", "importance", "prioritet",
}

// forwardMarks announce a forwarded mail, originalMarks the mail that is answered.
var forwardMarks = phrasesOf(
	"videresendt melding", "videresendt e-post", "videresendt meddelelse", "vidarebefordrat meddelande", "vidarebefordrat brev",
	"vidarebefordrat mail", "välitetty viesti", "välitetty sähköposti", "forwarded message", "begin forwarded message", "begin forwarded text", "forwarded text",
	"weitergeleitete nachricht", "start på videresendt melding", "start på videresendt besked", "vidarebefordrat", "videresendt",
)

var originalMarks = phrasesOf(
	"original message", "opprinnelig melding", "original melding", "ursprungligt meddelande", "originalmeddelande",
	"oprindelig meddelelse", "original meddelelse", "alkuperäinen viesti", "ursprüngliche nachricht",
)

// wroteVerbs end the line that introduces a quotation.
var wroteVerbs = []string{
	"skrev", "skrev følgende", "skrev följande", "kirjoitti", "wrote", "schrieb", "writes", "skriver",
}

// mobileSignatures are the advertisements that programs put below a mail.
var mobileSignatures = phrasesOf(
	"sendt fra min", "sendt fra outlook", "sendt fra mobil", "skickat från min", "skickat från outlook", "skickat från mobil",
	"skickades från", "lähetetty iphone", "lähetetty puhelime", "lähetetty samsung", "lähetetty android",
	"sent from my", "sent from outlook", "sent from mail for", "sent from yahoo", "sendt fra yahoo",
	"von meinem", "gesendet von", "få outlook for", "hent outlook", "hämta outlook", "skaffa outlook", "hanki outlook", "get outlook for",
	"outlook for ios", "outlook for android", "lataa outlook",
)

// closings stand before the name of the sender.
var closings = phrasesOf(
	"med vennlig hilsen", "med venlig hilsen", "med vänlig hälsning", "med vänliga hälsningar", "vennlig hilsen", "venlig hilsen",
	"vänlig hälsning", "vänliga hälsningar", "med hilsen", "beste hilsen", "beste helsing", "venleg helsing", "hilsen", "hälsningar",
	"hälsning", "mvh", "med vennleg helsing", "bästa hälsningar", "bedste hilsner", "mange hilsner", "de bedste hilsner", "vh",
	"ystävällisin terveisin", "ystävällisesti", "parhain terveisin", "terveisin", "t:", "kunnioittavasti", "terv.",
	"best regards", "kind regards", "warm regards", "regards", "best wishes", "yours sincerely", "sincerely", "yours faithfully",
	"mit freundlichen grüßen", "mit freundlichen grüssen", "freundliche grüße", "viele grüße", "mfg",
)

// forwardPrefixes stand before the subject of what is forwarded. Finnish answers
// with VS, which forwards in Norwegian and Danish.
var forwardPrefixes = []string{"fwd", "fw", "vs", "vb", "vl", "wg", "videresendt", "vidarebefordrat"}

// oneOf reports whether s is one of the words.
func oneOf(s string, words []string) bool {
	for _, w := range words {
		if s == w {
			return true
		}
	}
	return false
}

// phrases are texts in lower case that a line may begin with, by their first
// letter: it tells nearly all lines apart from them.
type phrases map[rune][]string

func phrasesOf(texts ...string) phrases {
	p := phrases{}
	for _, t := range texts {
		r, _ := utf8.DecodeRuneInString(t)
		p[r] = append(p[r], t)
	}
	return p
}

// begin reports whether line begins, in whatever case, with one of the phrases
// and goes on as rest demands.
func (p phrases) begin(line string, rest func(string) bool) bool {
	r, _ := utf8.DecodeRuneInString(line)
	return slices.ContainsFunc(p[unicode.ToLower(r)], func(t string) bool {
		after, ok := cutFold(line, t)
		return ok && rest(after)
	})
}

// cutFold cuts a prefix in lower case from s in whatever case.
func cutFold(s, prefix string) (rest string, ok bool) {
	for _, want := range prefix {
		r, n := utf8.DecodeRuneInString(s)
		if unicode.ToLower(r) != want {
			return "", false
		}
		s = s[n:]
	}
	return s, true
}

func endsWord(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || !isLetter(r)
}

func endsLine(rest string) bool { return rest == "" }

func goesOn(string) bool { return true }

// titleEnds end the last word of a job title.
var titleEnds = []string{
	"leder", "sjef", "ansvarlig", "chef", "ansvarig", "ledare", "päällikkö", "johtaja", "manager", "director", "konsulent", "konsult",
	"ingeniør", "ingenjör", "insinööri", "ekonom", "økonom", "assistent", "assistentti", "koordinator", "coordinator", "selger", "säljare",
	"sælger", "myyjä", "direktør", "direktör", "engineer", "accountant", "officer", "rådgiver", "rådgivare", "rådgiver", "sekretær",
	"controller", "asiantuntija", "omistaja", "eier", "ägare", "indehaver", "montør", "montör", "tekniker", "formann", "medarbeider",
	"medarbetare", "medarbejder", "ceo", "cfo", "cto", "vd", "sales", "support", "president", "partner", "advokat", "arkitekt", "inköpare",
	"innkjøper", "indkøber", "ostaja", "vaktmester", "vaktmästare", "fullmektig", "bogholder", "regnskapsfører", "kirjanpitäjä",
}

// formLabels stand before the fields of a form on a web site.
var formLabels = map[string]string{
	"navn": hub.IdentPerson, "namn": hub.IdentPerson, "nimi": hub.IdentPerson, "name": hub.IdentPerson, "full name": hub.IdentPerson,
	"fullt navn": hub.IdentPerson, "ditt navn": hub.IdentPerson, "kontakt": hub.IdentPerson, "kontaktperson": hub.IdentPerson,
	"contact": hub.IdentPerson, "contact person": hub.IdentPerson, "yhteyshenkilö": hub.IdentPerson, "your name": hub.IdentPerson,
	"firma": hub.IdentName, "firmanavn": hub.IdentName, "bedrift": hub.IdentName, "bedriftsnavn": hub.IdentName, "selskap": hub.IdentName,
	"företag": hub.IdentName, "företagsnamn": hub.IdentName, "virksomhed": hub.IdentName, "virksomhet": hub.IdentName, "yritys": hub.IdentName,
	"yrityksen nimi": hub.IdentName, "company": hub.IdentName, "company name": hub.IdentName, "organisation": hub.IdentName,
	"organization": hub.IdentName, "organisasjon": hub.IdentName, "kunde": hub.IdentName, "kund": hub.IdentName, "asiakas": hub.IdentName,
	"e-post": hub.IdentEmail, "epost": hub.IdentEmail, "e-mail": hub.IdentEmail, "email": hub.IdentEmail, "mail": hub.IdentEmail,
	"e-postadresse": hub.IdentEmail, "e-postadress": hub.IdentEmail, "sähköposti": hub.IdentEmail, "mailadresse": hub.IdentEmail,
	"telefon": hub.IdentPhone, "telefonnummer": hub.IdentPhone, "tlf": hub.IdentPhone, "tlf.": hub.IdentPhone, "mobil": hub.IdentPhone,
	"phone": hub.IdentPhone, "tel": hub.IdentPhone, "puhelin": hub.IdentPhone, "mobile": hub.IdentPhone,
	"org.nr": hub.IdentOrgNo, "org.nr.": hub.IdentOrgNo, "orgnr": hub.IdentOrgNo, "org nr": hub.IdentOrgNo, "organisasjonsnummer": hub.IdentOrgNo,
	"organisationsnummer": hub.IdentOrgNo, "cvr": hub.IdentOrgNo, "cvr-nr": hub.IdentOrgNo, "cvr-nummer": hub.IdentOrgNo, "cvr nr": hub.IdentOrgNo,
	"y-tunnus": hub.IdentOrgNo, "business id": hub.IdentOrgNo, "vat": hub.IdentVATNo, "vat no": hub.IdentVATNo, "company no": hub.IdentOrgNo,
}
