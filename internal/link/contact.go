package link

import (
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Emails returns the addresses in a cell or header value, lower case, without
// display names. What is no address is left out.
func Emails(raw string) (found []string) {
	for _, piece := range strings.FieldsFunc(strings.ToLower(raw), func(r rune) bool { return strings.ContainsRune(" \t\n\r,;<>()\"|\u00a0", r) }) {
		piece = strings.Trim(strings.TrimPrefix(piece, "mailto:"), ".'/")
		local, host, ok := strings.Cut(piece, "@")
		if !ok || local == "" || strings.Contains(host, "@") || !strings.Contains(host, ".") {
			continue
		}
		if ascii, err := idna.Lookup.ToASCII(host); err == nil {
			found = append(found, local+"@"+ascii)
		}
	}
	return found
}

// Domain returns the registrable domain of an address, a host or a web address,
// by the public suffix list; "" if there is none. Tenants of onmicrosoft.com,
// which the list does not know, count as domains of their own.
func Domain(raw string) string {
	s := strings.ToLower(strings.TrimSpace(raw))
	s = s[strings.LastIndexByte(s, '@')+1:]
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	if i := strings.IndexAny(s, "/?#: "); i >= 0 {
		s = s[:i]
	}
	host, err := idna.Lookup.ToASCII(strings.Trim(s, "."))
	if err != nil || !strings.Contains(host, ".") {
		return ""
	}
	if tenant, ok := strings.CutSuffix(host, ".onmicrosoft.com"); ok {
		return tenant[strings.LastIndexByte(tenant, '.')+1:] + ".onmicrosoft.com"
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil || strings.Trim(domain, "0123456789.") == "" {
		return ""
	}
	return domain
}

// Freemail reports whether anybody can have an address at the registrable
// domain: a mail provider or an internet provider's customer mail.
func Freemail(domain string) bool { return freemail[domain] }

// freemail is starting knowledge; a domain that several customers turn out to
// share counts little whether it stands here or not.
var freemail = wordSet(`
		gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com rocketmail.com icloud.com me.com mac.com
		aol.com gmx.com gmx.net gmx.de web.de mail.com proton.me protonmail.com pm.me tutanota.com tuta.io zoho.com fastmail.com fastmail.fm
		hey.com hushmail.com yandex.com yandex.ru mail.ru inbox.com t-online.de hotmail.co.uk yahoo.co.uk live.co.uk googlemail.co.uk
		outlook.no hotmail.no live.no yahoo.no online.no getmail.no broadpark.no frisurf.no c2i.net start.no epost.no lyse.net altibox.no
		telenor.com sf-nett.no nextgentel.no enivest.net haugnett.no ebnett.no monet.no tele2.no
		outlook.se hotmail.se live.se yahoo.se telia.com bredband.net comhem.se passagen.se spray.se glocalnet.net bahnhof.se swipnet.se
		tele2.se home.se ownit.nu bostream.nu tyfonmail.se
		outlook.dk hotmail.dk live.dk yahoo.dk ofir.dk stofanet.dk webspeed.dk post.tele.dk mail.dk mail.tele.dk jubii.dk tdcadsl.dk youmail.dk
		get2net.dk privat.dk private.dk fibermail.dk tdc.dk yousee.dk
		outlook.fi hotmail.fi live.fi yahoo.fi luukku.com saunalahti.fi elisanet.fi kolumbus.fi suomi24.fi netti.fi pp.inet.fi inet.fi
		welho.com jippii.fi dnainternet.net mbnet.fi`)

// Phones returns the valid numbers in a cell, in E.164. region, an alpha-2
// country, is used where a number does not name its own.
func Phones(raw, region string) (found []string) {
	for _, piece := range phoneBreak.Split(raw, -1) {
		n, err := phonenumbers.Parse(strings.ReplaceAll(piece, "(0)", ""), region)
		if err == nil && plausible(n) {
			found = append(found, phonenumbers.Format(n, phonenumbers.E164))
		}
	}
	return found
}

// plausible reports whether a number may be somebody's: one of the numbers given
// out, or of their length in a range that is newer than the library. One digit
// repeated, or digits in a row, are what people type who have no number.
func plausible(n *phonenumbers.PhoneNumber) bool {
	if phonenumbers.IsValidNumber(n) {
		return true
	}
	digits := phonenumbers.GetNationalSignificantNumber(n)
	filler := strings.Contains("0123456789", digits) || strings.Count(digits, digits[:1]) >= len(digits)-1
	return len(digits) >= 7 && !filler && phonenumbers.IsPossibleNumber(n) && phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode())) != "ZZ"
}

var phoneBreak = regexp.MustCompile(`[/,;|]|\b(?:eller|och|og|or|tai|ja)\b`)

// phoneCountry is the country a number in E.164 belongs to.
func phoneCountry(e164 string) string {
	n, err := phonenumbers.Parse(e164, "")
	if err != nil {
		return ""
	}
	return phonenumbers.GetRegionCodeForNumber(n)
}
