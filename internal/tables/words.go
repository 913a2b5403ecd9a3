package tables

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"samsyn/internal/hub"
)

// synonyms are the headers that people write over a column, in Norwegian,
// Swedish, Danish, Finnish and English, by role. Spelling is compared folded
// and without spaces and punctuation, so "Org.nr", "ORG NR" and "orgnr" are one.
var synonyms = []struct{ role, words string }{
	{hub.RoleCustomerName, `kunde, kundenavn, kundens navn, kundenamn, kund, kundnamn, kundens namn, firma, firmanavn, firmanamn, bedrift, bedriftsnavn,
		selskap, selskapsnavn, selskab, selskabsnavn, virksomhet, virksomhetsnavn, virksomhed, virksomhedsnavn, foretak, foretaksnavn, företag, företagsnamn,
		bolag, bolagsnamn, mottaker, mottakernavn, mottagare, modtager, modtagernavn, debitor, debitornavn, oppdragsgiver, uppdragsgivare, opdragsgiver,
		beställare, bestiller, kjøper, köpare, køber, leietaker, hyresgäst, lejer, klient, organisasjon, organisasjonsnavn, organisation, organisationsnamn, orgnavn, orgnamn,
		firmaets navn, bedriftens navn, selskapets navn, företagets namn, bolagets namn, virksomhedens navn, firmaets namn,
		asiakas, asiakkaan nimi, asiakasnimi, asiakasyritys, yritys, yrityksen nimi, toiminimi, vastaanottaja, tilaaja, ostaja, vuokralainen, organisaatio,
		customer, customer name, client, client name, account, account name, company, company name, organization, organisation name, organization name,
		consignee, bill to, ship to, sold to, bill to name, ship to name, buyer, tenant, business name, firma bedrift, kunde firma`},
	{hub.RoleCustomerNo, `kundenr, kundenummer, kunde nr, knr, kunde id, kundekode, kundnr, kundnummer, kund id, kundkod, debitornr, debitornummer, deb nr,
		klientnr, klientnummer, medlemsnr, medlemsnummer, leverandørens kundenr, asiakasnro, asiakasnumero, asiakastunnus, asiakas id, asnro, as nro, as nr,
		customer no, customer nr, customer number, customer id, customer code, customer ref, client no, client number, client id, client code,
		account no, account number, account id, acct no, cust no, cust id, cust nr, cust ref, cust, member no, member id, kontonummer kunde`},
	{hub.RoleOrgNo, `orgnr, org nummer, org no, organisasjonsnr, organisasjonsnummer, foretaksnr, foretaksnummer, organisationsnr, organisationsnummer,
		orgno, orgnummer, org id, kunde orgnr, cvr, cvr nr, cvr nummer, cvr no, se nr, se nummer, y tunnus, ly tunnus, yritystunnus, yritys ja yhteisötunnus,
		company no, company number, company registration no, company registration number, company reg no, registration no, registration number, reg no,
		business id, company id, organisation no, organisation number, organization no, organization number, organisasjons id, company code`},
	{hub.RoleVATNo, `mva nr, mva nummer, momsreg nr, momsregnr, momsregistreringsnummer, moms nr, moms nummer, moms id, momsregistreringsnr, vat nr, vat no,
		vat number, vat id, vat reg no, vat registration number, vat, alv nro, alv numero, alv tunnus, tax id, tax no, tax number, eu vat, eu vat no, ust id`},
	{hub.RoleContact, `kontaktperson, kontakt, kontaktnavn, kontaktnamn, kontaktpersonens navn, kontaktens namn, att, attn, attention, att navn, att person,
		referens, er referens, deres ref, deres referanse, deres reference, jeres ref, er ref, referanseperson, kontaktperson kunde, kundens kontakt,
		kundens kontaktperson, kundekontakt, kontaktperson hos kunde, yhteyshenkilö, yhteyshlö, kontaktihenkilö, asiakkaan yhteyshenkilö, contact,
		contact name, contact person, requester, requester name, requested by, full name, fullt navn, fullständigt namn, your ref, your reference,
		deltaker, deltakernavn, deltager, deltagere, deltagare, deltagernavn, deltagarens namn, participant, attendee, osallistuja, osallistujan nimi,
		innmelder, melder, anmälare, innsender, rekvirent, caller, reported by, person, henkilö, beställare namn, bestilt av, etternavn og fornavn`},
	{hub.RoleEmail, `epost, epostadresse, e post adresse, epostadress, mail, mailadresse, mailadress, email, email address, mejl, mejladress, e mejl,
		sähköposti, sähköpostiosoite, s posti, email osoite, fakturaepost, faktura epost, contact email, requester email, kontakt epost, kontakt mail,
		invoice email, work email`},
	{hub.RolePhone, `telefon, tlf, tlf nr, telefonnr, telefonnummer, tel, tel nr, tel no, tfn, telnr, mobil, mob, mobilnr, mob nr, mobiltelefon, mobiltlf,
		mobilnummer, kontakttelefon, telefon mobil, tlf mobil, sentralbord, direktenummer, puhelin, puh, puhelinnumero, puh nro, puhelinnro, gsm, matkapuhelin,
		phone, phone no, phone number, telephone, telephone number, mobile, mobile no, mobile phone, mobile number, cell, cell phone, cellphone, contact phone`},
	{hub.RoleAddress, `adresse, adresse 1, adress, address, address line 1, postadresse, postadress, besøksadresse, besöksadress, leveringsadresse, leveransadress,
		leveringsadr, gateadresse, gate, gatuadress, gata, vej, vejnavn, fakturaadresse, fakturaadress, adresselinje, osoite, katuosoite, postiosoite,
		toimitusosoite, laskutusosoite, street, street address, delivery address, billing address, shipping address, adr`},
	{hub.RolePostalCode, `postnr, postnummer, post nr, postkode, postkod, postinro, postinumero, zip, zip code, postcode, post code, postal code, pnr sted`},
	{hub.RoleCity, `poststed, sted, by, ort, postort, stad, kommune, kommunenavn, kommun, kaupunki, paikkakunta, postitoimipaikka, kunta, city, town,
		municipality, bynavn, postdistrikt, leveringssted`},
	{hub.RoleCountry, `land, landkode, landskod, landekode, maa, maakoodi, maatunnus, country, country code, nation`},
	{hub.RoleDate, `dato, datum, date, pvm, pvä, päivämäärä, päiväys, dag, opprettet, oprettet, skapad, created, created at, created on, created date, date created,
		opened, opened at, open date, registrert, registrerad, registreret, avsendt, afsendt, sendt, skickad, lähetetty, luotu, avattu, alkupvm, aloituspvm,
		loppupvm, päättymispvm, start, startdato, startdatum, start date, slutt, sluttdato, slutdatum, slutdato, end date, sist kontaktet, siste kontakt,
		senast kontaktad, senaste kontakt, sidst kontaktet, seneste kontakt, viimeisin yhteydenotto, last contact, last contacted, last activity,
		closed, closed at, lukket, stängd, avsluttet, avslutad, afsluttet, oppdatert, uppdaterad, opdateret, updated, updated at, modified, endret, ändrad,
		fakturadato, fakturadatum, bilagsdato, leveringsdato, leveransdatum, leveret, levert, invoice date, order date, ship date, shipped, ordredato,
		orderdatum, tidspunkt, tidpunkt, tid, timestamp, time, tidsstempel, tidsstämpel, aikaleima, aika, påmeldt, påmeldt dato, anmäld, tilmeldt,
		ilmoittautunut, betalingsdato, betalningsdatum, maksupvm, payment date, paid date, laskupvm, laskun päiväys, tilauspvm, received, mottatt, inkommen`},
	{hub.RoleDueDate, `forfall, forfallsdato, forfalldato, forfaller, förfall, förfallodatum, förfallodag, förfaller, forfald, forfaldsdato, forfalder,
		eräpäivä, eräpvm, due, due date, due by, frist, betalingsfrist, betalningsfrist, deadline, tidsfrist, määräaika, payment due, svarfrist`},
	{hub.RoleAmount, `beløp, belopp, beløb, sum, summa, netto, nettobeløp, nettobelopp, nettosum, pris, price, hinta, veroton, veroton summa, summa veroton, veroton hinta,
		amount, net, net amount, subtotal, exkl moms, belopp exkl moms, summa exkl moms, ekskl mva, eks mva, beløp eks mva, sum eks mva, ekskl moms, excl vat,
		amount excl vat, fragt, frakt, freight, fragtpris, fraktpris, rahti, kostnad, kostnader, cost, budsjett, budget, budjetti, omsetning, omsättning, omsætning,
		liikevaihto, revenue, turnover, arvo, value, verdi, värde, værdi, avtaleverdi, kontraktssum, ordresum, ordersumma, saldo, balance, restbeløp, rest,
		utestående, udestående, avoinna, outstanding, enhetspris, styckpris, stykpris, yksikköhinta, unit price, rabatt, rabat, discount, alennus, honorar, gebyr`},
	{hub.RoleVATAmount, `mva, moms, alv, vat, mva beløp, momsbelopp, momsbeløb, mva kr, moms kr, vat amount, tax, tax amount, vero, alv määrä, alv summa, skatt`},
	{hub.RoleTotalAmount, `totalt, total, totalbeløp, totalbelopp, totalsum, total amount, total sum, i alt, ialt, pris i alt, sum inkl mva, beløp inkl mva, inkl mva,
		inkl moms, summa inkl moms, belopp inkl moms, brutto, bruttobeløp, bruttobelopp, att betala, å betale, at betale, yhteensä, summa yhteensä, verollinen,
		verollinen summa, loppusumma, kokonaissumma, gross, gross amount, grand total, total incl vat, incl vat, amount incl vat, fakturabeløp, fakturabelopp`},
	{hub.RoleCurrency, `valuta, valutakode, valutta, currency, currency code, ccy, curr, val`},
	{hub.RoleQuantity, `antall, antal, kolli, colli, antall kolli, antal kolli, mengde, mängd, mængde, määrä, kpl, lkm, kollit, quantity, qty, units, stk, st, pieces, pcs,
		vekt, vikt, vægt, paino, weight, vekt kg, vikt kg, vægt kg, paino kg, weight kg, kg, timer, timmar, tunnit, tunnit yht, hours, antall timer, paller, pallets,
		antall ansatte, ansatte, anställda, employees`},
	{hub.RoleRecordNo, `saksnr, saksnummer, sak, sak nr, ordrenr, ordrenummer, ordernr, ordernummer, order no, order number, order id, ordre, order, ordre id,
		prosjektnr, prosjektnummer, prosjekt nr, projektnr, projektnummer, projekt nr, prosjekt id, projekt id, projektinro, projektinumero, projektitunnus,
		projekti nro, projekti id, project no, project number, project id, project code, prosjektkode, forsendelsesnr, forsendelsesnummer, forsendelse,
		sendingsnr, sendingsnummer, sending, sändningsnr, shipment no, shipment id, shipment number, shipment, tracking no, tracking number, tracking, sporingsnr,
		kollinr, kollinummer, kolli id, fraktbrev, fraktbrevnr, fragtbrev, fragtbrevsnr, waybill, lähetys, lähetysnro, lähetystunnus, rahtikirja,
		tilausnro, tilausnumero, tilaus, ärende, ärendenr, ärendenummer, ärende id, sag, sagsnr, sagsnummer, sags id, ticket, ticket no, ticket id, ticket number,
		case, case no, case number, case id, record id, id, løpenr, løpenummer, löpnr, löpnummer, løbenr, nr, no, number, nro, numero, bilag, bilagsnr, bilagsnummer,
		avtalenr, avtalenummer, avtalsnr, avtalsnummer, aftalenr, kontraktnr, kontraktsnr, contract no, contract id, sopimusnro, sopimusnumero, tilbudsnr,
		tilbudsnummer, offertnr, tarjousnro, quote no, rekvisisjonsnr, job no, job id, jobbnr, ref nr, ref no, reference no, reference number, tunnus, tunniste,
		vakanr, serviceordre, arbeidsordre, arbetsorder, work order, po, po no, po number, innkjøpsordre, reklamasjonsnr, lead id, issue, issue no, key`},
	{hub.RoleInvoiceNo, `fakturanr, fakturanummer, faktura nr, faktura, faktura no, faktura id, invoice, invoice no, invoice nr, invoice number, invoice id, inv no,
		laskunro, laskunumero, lasku, laskun numero, laskun nro, lasku nro, kreditnotanr, fakt nr, faktnr`},
	{hub.RoleStatus, `status, tilstand, tillstånd, läge, tila, state, stage, fase, fas, vaihe, betalt, betald, maksettu, paid, betalt status, betalingsstatus,
		betalningsstatus, maksutila, kundestatus, kundstatus, projektin tila, ordrestatus, orderstatus, sagsstatus, resultat, utfall, outcome, aktiv, active, aktiivinen`},
	{hub.RolePriority, `prioritet, prio, pri, priority, prioriteetti, kiireellisyys, hastegrad, severity, alvorlighet, urgency`},
	{hub.RoleConsent, `samtykke, samtycke, suostumus, consent, nyhetsbrev, nyhedsbrev, newsletter, uutiskirje, gdpr, opt in, opt out, reservert, markkinointilupa,
		markedsføring, marknadsföring, ok nyhetsbrev, samtykke nyhetsbrev, ønsker nyhetsbrev, kan kontaktes, permission, reservasjon`},
	{hub.RoleOwner, `selger, säljare, sælger, ansvarlig, ansvarig, kundeansvarlig, kundansvarig, saksbehandler, handläggare, sagsbehandler, myyjä, vastuuhenkilö,
		vastuumyyjä, projektipäällikkö, prosjektleder, projektledare, projektleder, owner, account owner, sales rep, salesperson, sales person, account manager,
		assignee, assigned to, assigned, agent, responsible, responsible person, konsulent, konsult, konsultti, rådgiver, rådgivare, vår referanse, vår ref, vår referens,
		vores ref, vores reference, our ref, our reference, our contact, behandlet av, registrert av, opprettet av, skapad av, oprettet af, created by, handled by,
		medarbeider, medarbetare, medarbejder, tekniker, teknikko, asentaja, käsittelijä, asiakasvastaava, asiakaspäällikkö, project manager, technician, selger ansvarlig,
		koordinator, driver, sjåfør, chaufför, chauffør, kuljettaja, prosjektansvarlig, contact owner, innselger`},
	{hub.RoleSubjectLine, `emne, ämne, aihe, subject, subject line, title, tittel, titel, otsikko, overskrift, rubrik, gjelder, gäller, vedrører, vedr, koskee, avser, summary, tema`},
	{hub.RoleText, `merknad, merknader, kommentar, kommentarer, comment, comments, beskrivelse, beskrivning, description, anmärkning, anmärkningar, anmærkning,
		bemærkning, bemærkninger, bemerkning, bemerkninger, notat, notater, notes, note, noter, huomautus, huomautukset, huom, huomiot, kuvaus, kommentti, kommentit,
		muistiinpanot, lisätiedot, lisätieto, info, message, melding, meddelande, meddelelse, besked, viesti, details, detaljer, innhold, innehåll, indhold, sisältö,
		fritekst, fritext, notering, noteringar, anteckning, anteckningar, tekst, text, teksti, remark, remarks, øvrig, övrigt, muuta, selite, kurs, kursus, kurssi, arrangement, seminar,
		seminarium, seminaari, tapahtuma, event, produkt, produkter, vare, varer, vara, varor, tuote, tuotteet, product, item, tjeneste, tjänst, ydelse, palvelu, service,
		allergier, allergi, matpreferanse, kost, ruokavalio, prosjekt, prosjektnavn, projekt, projektnamn, projektnavn, projekti, projektin nimi, project, project name,
		bransje, bransch, branche, toimiala, industry, kategori, category, luokka, type, typ, tyyppi, tag, tags, rolle, roll, stilling, titel person, job title, nettside, website, kilde, source`},
}

// either are headers that say "name" without saying whose.
const either = `navn, namn, name, nimi, fornavn, etternavn, förnamn, efternamn, efternavn, etunimi, sukunimi, first name, last name, surname`

// numbers are headers that say "number" without saying of what.
const numbers = `nr, no, nummer, number, nro, numero, id, kode, kod, code, tunnus`

// Totals are rows that sum up others.
const totals = `sum, summa, delsum, delsumma, totalt, total, totalsum, totalsumma, i alt, ialt, yhteensä, välisumma, antall, antal, subtotal, sub total, grand total,
	loppusumma, kokonaissumma, sum totalt, sum total, mellansumma, mellomsum, total summa`

// pivots are the labels of a pivot table, as Excel writes them.
const pivots = `row labels, column labels, radetiketter, kolonneetiketter, kolumnetiketter, rækkenavne, rækkeetiketter, kolonnenavne, riviotsikot, rivien otsikot, sarakeotsikot,
	sarakkeiden otsikot, radetikett, kolonneetikett`

// placeholders stand where there is nothing to say.
const placeholders = `-, --, ---, –, ., .., ?, ??, x, xx, xxx, n/a, na, nil, null, none, ingen, ingen oppgitt, ikke oppgitt, ukjent, ukendt, okänd, unknown, tuntematon, ei ole,
	ei tiedossa, mangler, saknas, puuttuu, tbd, 0`

const (
	legalForms = ` as asa ans da enk ba sa ks nuf sf kf iks ab hb kb aps is ps amba ivs fmba oy oyj abp ky ay tmi rf ry osk ltd limited inc gmbh llc plc bv publ `
	bodies     = `kommune|kommun|kunta|kaupunki|borettslag|stiftelse|sameie|fylkeskommun|bostadsrattsforening|andelsbolig|ejerforening|brf |forening|yhdistys|foundation|universit`
	currencies = ` nok sek dkk eur usd gbp chf jpy isk pln cad aud kr euro € $ £ `
	countries  = ` no se dk fi is de nl gb uk us ee lv lt pl fr es it be at ch ie nor swe dnk fin norge noreg norway norja sverige sweden ruotsi danmark denmark tanska finland suomi
		island iceland islanti tyskland germany saksa deutschland nederland netherlands alankomaat polen poland puola estland estonia viro latvia litauen lithuania liettua
		storbritannia storbritannien uk england usa frankrike frankrig france ranska spania spanien spain italia italien italy belgia belgien belgium `
	priorities = ` hoy hog middels mellom mellem medel normal lav lag kritisk haster high medium low critical urgent korkea keskitaso normaali matala kriittinen kiireellinen tarkea viktig p1 p2 p3 p4 `
	streets    = `gata gaten gate gatan vei veien vegen vagen vag vej gade gaden alle alleen stien stigen plass plassen plats platsen plads torg torget torvet katu tie polku kuja kaari tori street road lane avenue drive square`
	yesNo      = ` ja nei nej yes no kylla ei j n y k x true false 1 0 `
)

// vocabulary is the words above, ready to be looked up.
type vocabulary struct {
	exact        map[string][]string // squeezed header → roles
	words        *lexicon            // for headers that are none of these
	either       map[string]bool
	numbers      map[string]bool
	totals       map[string]bool
	pivots       map[string]bool
	placeholders map[string]bool
}

func newVocabulary() *vocabulary {
	v := &vocabulary{exact: map[string][]string{}, words: newLexicon(), either: set(either), numbers: set(numbers), pivots: set(pivots), totals: map[string]bool{}, placeholders: map[string]bool{}}
	for _, s := range synonyms {
		for w := range list(s.words) {
			q := squeeze(w)
			v.exact[q] = append(v.exact[q], s.role)
		}
	}
	for w := range list(totals) {
		v.totals[spaced(w)] = true
	}
	for w := range list(placeholders) {
		v.placeholders[strings.ToLower(w)] = true
	}
	return v
}

// list yields the words of a comma separated list.
func list(s string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for w := range strings.SplitSeq(s, ",") {
			if w = strings.TrimSpace(w); w != "" && !yield(w) {
				return
			}
		}
	}
}

func set(s string) map[string]bool {
	out := map[string]bool{}
	for w := range list(s) {
		out[squeeze(w)] = true
	}
	return out
}

// fold makes spellings equal: case, accents, and the Nordic letters.
func fold(s string) string {
	s = norm.NFKD.String(strings.ToLower(s))
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == 'ø':
			return 'o'
		case r == 'æ':
			return 'a'
		}
		return r
	}, s)
}

// spaced folds a text to words with one space between them. CamelCase, letters
// and digits are taken apart.
func spaced(s string) string {
	var b strings.Builder
	var last rune
	for _, r := range s {
		if unicode.IsUpper(r) && unicode.IsLower(last) {
			b.WriteByte(' ')
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) {
			b.WriteByte(' ')
		} else {
			b.WriteRune(r)
		}
		last = r
	}
	return strings.Join(strings.Fields(fold(b.String())), " ")
}

// squeeze folds a text and leaves only its letters and digits.
func squeeze(s string) string {
	if strings.TrimSpace(s) == "#" {
		return "nr"
	}
	return strings.ReplaceAll(spaced(s), " ", "")
}
