package nature

// group is words that mean one thing.
type group struct{ nature, words string }

// stems are the beginnings of words that name a thing, in Norwegian, Swedish,
// Danish, Finnish and English. With * before it a stem is found within compounds,
// too ("serviceavtaler"); with ! behind it it must be the whole word.
var stems = []group{
	{Order, `*ordre *order *bestilling *beställning tilau *salgslinj *försäljningsrad purchases orderbook ordrebok`},
	{Delivery, `*levering *leveranse *leverans *leverance leveret levert levererad levererat utlever deliver *delivery toimitu toimitettu
		*forsend *försänd sending! sendinger! sendingsnr! *sändning shipment shipped shipping lähety *fraktbrev *fragtbrev *fraktsed följesed pakkseddel følgeseddel
		waybill rahtikirj utkjøring utkörning *dispatch consignment kuljetu`},
	{Invoice, `*faktur *invoice *lasku! *laskut! *laskutus *laskunro laskun! kreditnot *kreditnota *kreditfaktura *creditnote credit!
		*reskontra *hyvityslasku inkasso purring påminnelse billing`},
	{Offer, `*tilbud *offert *tarjou quote quotes quotation offer offers proposal anbud tender tenders tarjoukset`},
	{Complaint, `*reklamasj *reklamat *klage *klagomål klagemål valitu *complaint claim claims avvik *avvik avvikelse poikkeam garantisak *garantisak feilmelding felanmäl
		fejlmeld vikailmoitu misnøye`},
	{Return, `retur *retur palautu! palautus! palautukset! palautusnro return! returns! returned rma! returnert returneret returnerad palautettu`},
	{Case, `sak! saker! saksnr! saksliste *sakslist *servicesak *supportsak ärende *ärende sag! sager! sagsnr! *supportsag tapaus! tapaukset! *tukipyynt tukipyynt ticket *ticket
		case! cases! caseno helpdesk support! *support incident henvendelse förfråg forespørsel kundeservice kundtjänst asiakaspalvelu`},
	{Survey, `*undersøk *undersök *undersøg kysely *kysely survey *survey nps! csat! *tilfreds nöjdhet *nöjdhet tyytyväisyy *tyytyväisyy satisfaction feedback
		tilbakemelding *tilbakemelding tilbagemeld återkoppling palaute! palautteet! *asiakaspalaute evaluering *evaluering utvärdering *utvärdering arviointi enkät *enkät spørreskjema spørgeskema`},
	{Forecast, `prognos *prognos forecast *forecast ennuste *ennuste forvent förvänt forvænt expected odotettu odotus budsjett! budget! budgets! budsjett budjetti!
		*salgsbudsjett *salgsbudget *säljbudget *myyntibudjetti pipeline *pipeline salgsplan säljplan myyntisuunnitelma estimat`},
	{Agreement, `avtale! avtaler! avtalenr! avtal! avtalen! avtalsnr! *avtale *avtaler *avtal *avtalen aftale! aftaler! aftalenr! *aftale *aftaler sopimu *sopimus *sopimukset
		agreement *agreement contract *contract kontrakt *kontrakt abonnement *abonnement subscription subscriptions`},
	{Action, `tiltak *tiltak åtgärd *åtgärd handlingsplan handleplan *handlingsplan kundeplan kundplan *kundeplan *kundplan asiakassuunnitelma toimenpi *toimenpi toimintasuunnitelma
		action! actions! actionplan todo oppgave oppgaver uppgift! uppgifter! opgave opgaver tehtävä tehtävät task! tasks! aktivitet aktiviteter aktivitetsplan *aktivitetsplan toimet!`},
	{Contact, `kontaktliste kontakter! kontakt! kontaktpersoner kontaktregister kontaktlista kunder! kundeliste *kundeliste kundlista *kundlista kundregister kunderegister kundekartotek
		kundekort adresseliste adresslista adressebok asiakkaat! asiakasluettelo asiakasrekisteri yhteystiedot yhteyshenkilöt contacts! customers! customerlist clients! clientlist medlemmer medlemsliste medlemmar`},
	{Note, `notat! notater! *notat notiser anteckning *anteckning noteringar noter! muistiinpano notes! note! logg! logbok logbook samtalelogg samtallogg besøksrapport besöksrapport besøgsrapport
		callreport visitreport referat protokoll merknader`},
	{Meeting, `møte! møter! *møte *møter möte! möten! *möte *möten møde! møder! *møde *møder kokous! kokoukset! *kokous tapaami *tapaaminen meeting *meeting kundebesøk kundbesök kundebesøg
		besøk! besök! besøg! vierailu *vierailu visit! visits! befaring *befaring besiktning besigtigelse kalender calendar kalenteri agenda`},
}

// headerWords are whole headers of columns that give a table away.
var headerWords = []group{
	{Survey, `score, score (1-10), score (1-5), karakter, betyg, vurdering, omdöme, bedømmelse, arvosana, rating, nps, nps score, poeng, poäng, point, pisteet, svardato, svarsdatum, besvaret,
		besvart, vastauspäivä, answered, hvor fornøyd, hur nöjd, hvor tilfreds, tilfredshet, tilfredshed, nöjdhet, tyytyväisyys, anbefaler du oss, rekommenderar du oss, suosittelisitko, would you recommend`},
	{Forecast, `sannsynlighet, sannolikhet, sandsynlighed, todennäköisyys, probability, vektet, viktat, vægtet, weighted, forventet, förväntat, odotettu, expected, år, prognoseår, estimert, neste år, nästa år, næste år, ensi vuosi, next year`},
	{Action, `tiltak, åtgärd, toimenpide, action, frist, deadline, utføres innen, klart senast, valmis viimeistään, mål, mål for kunden`},
	{Agreement, `gyldig til, gyldig fra, giltig till, giltig från, gælder til, gælder fra, voimassa, päättyy, alkaa, valid to, valid from, valid until, expires, expiry, utløper, utløp, udløber, upphör, löper ut,
		oppsigelse, oppsigelsestid, uppsägningstid, opsigelse, irtisanomisaika, notice period, årsbeløp, årsbelopp, årsbeløb, vuosisumma, annual amount, fornyes, förnyas, fornyelse, renewal`},
	{Complaint, `hva gjelder det, feil, fel, fejl, vika, årsak, orsak, syy, cause, defect, mangel, skade, skada, vahinko`},
	{Case, `ticket #, requester, assignee, saksbehandler, handläggare, sagsbehandler, käsittelijä`},
	{Meeting, `deltakere, deltagare, deltagere, osallistujat, attendees, participants, møtested, plats, mødested, paikka, agenda, tema`},
	{Delivery, `kolli, colli, antall kolli, vekt, vekt kg, vikt, vægt kg, paino kg, weight, transportør, speditør, carrier, kuljetusliike, sporing, sporingsnr, tracking, tracking no, kollinr`},
	{Order, `ønsket dato, önskat datum, toivottu päivä, requested date, varenr, artikkelnr, artikelnr, tuotenro, item no, sku, antall, antal, määrä, quantity, enhetspris, styckpris, stykpris, yksikköhinta, unit price`},
	{Note, `notat, anteckning, muistiinpano, note, samtale, samtal, referat`},
}

// typingHeaders stand over cells that say what their row is.
const typingHeaders = `type, typ, tyyppi, art, slag, laji, dokumenttype, dokumenttyp, bilagstype, bilagsart, record type, document type, doc type, aktivitetstype, hendelse, händelse, hændelse, tapahtuma,
	kategori, category, luokka, sakstype, ärendetyp, sagstype, henvendelsestype, kind, transaksjonstype, transaktionstyp`

// passingWords are parts of names of files that change from one delivery to the next.
const passingWords = `januar, januari, tammikuu, january, jan, februar, februari, helmikuu, february, feb, mars, marts, maaliskuu, march, mar, april, huhtikuu, apr, mai, maj, toukokuu, may,
	juni, kesäkuu, june, jun, juli, heinäkuu, july, jul, august, augusti, elokuu, aug, september, syyskuu, sep, sept, oktober, lokakuu, october, okt, oct, november, marraskuu, nov,
	desember, december, joulukuu, des, dec, uke, vecka, uge, viikko, week, q, kv, kvartal, kvartaali, v, ny, nytt, nya, uusi, new, endelig, final, kopi, kopia, kopio, copy, rev, ver, versjon, version, versio, utkast, draft,
	oppdatert, uppdaterad, opdateret, päivitetty, updated`

// States that rows are in.
const (
	Open   = "open"
	Closed = "closed"
)

// stateWords are beginnings of words for states. What is not done is open:
// words of Open go first.
var stateWords = []group{
	{Open, `åpen åpent öppen öppet åben åbent avoin avoinna open opened ny nytt new uusi venter väntar afventer avventer odottaa waiting pending på underveis undervejs matkalla pågår pågående
		igangværende i käynnissä arbeid arbete arbejde behandling bearbetning käsittelyssä progress ongoing påbegynt påbörjad started sendt skickad lähetetty sent utestående udestående forfalt förfallen forfalden
		erääntynyt overdue unpaid ubetalt obetald maksamatta planlagt planerad suunniteltu suunnittelu planned ikke ej inte ei reopened gjenåpnet aktiv active voimassa nei nej no`},
	{Closed, `lukket stengt stängd suljettu closed løst löst ratkaistu solved resolved avsluttet avslutad afsluttet päättynyt päätetty ferdig färdig færdig valmis done finished complete completed utført utförd udført
		tehty fullført fullförd levert levererad leveret toimitettu delivered betalt betald maksettu paid akseptert accepterad accepteret hyväksytty accepted won vunnet vunnen vundet avslått avslagen afslået hylätty
		rejected declined lost tapt förlorad tabt godkjent godkänd godkendt annullert annullerad annulleret peruttu cancelled canceled avlyst inställd aflyst utgått udgået ja yes kyllä gjennomført genomförd gennemført returnert returneret returnerad`},
}
