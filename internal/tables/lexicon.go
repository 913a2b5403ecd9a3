package tables

// concept is what a part of a header speaks of. Headers are made of few
// concepts and of endless combinations of them: "Fakturakundens org.nr" is an
// invoice, a customer, an organisation and a number.
type concept string

const (
	cCustomer concept = "customer"
	cCompany  concept = "company"
	cSupplier concept = "supplier" // and other companies that are no customers
	cContact  concept = "contact"
	cPerson   concept = "person"
	cOwner    concept = "owner" // a colleague by the work they do
	cUs       concept = "us"
	cThem     concept = "them"
	cRef      concept = "reference"
	cName     concept = "name"
	cNumber   concept = "number"
	cRegister concept = "register"
	cVAT      concept = "vat"
	cPhone    concept = "phone"
	cEmail    concept = "email"
	cWeb      concept = "web"
	cAddress  concept = "address"
	cPost     concept = "post"
	cCity     concept = "city"
	cCountry  concept = "country"
	cDate     concept = "date"
	cEvent    concept = "event" // what happens at a date: created, sent, start
	cDue      concept = "due"
	cAsked    concept = "asked" // what is done by those outside: submitted, signed up
	cAt       concept = "at"    // after what is done it makes a date of it: paid at
	cLast     concept = "last"
	cPay      concept = "pay"
	cBirth    concept = "birth"
	cOrgNo    concept = "organisation number"
	cAmount   concept = "amount"
	cTotal    concept = "total"
	cIncl     concept = "with"
	cExcl     concept = "without"
	cOf       concept = "of" // turns head and modifier round: date of visit
	cBy       concept = "by" // makes a person of an event: created by
	cCurrency concept = "currency"
	cQuantity concept = "quantity"
	cRate     concept = "rate"
	cAccount  concept = "bank account"
	cInvoice  concept = "invoice"
	cThing    concept = "thing" // what a row may be about: order, case, project
	cProduct  concept = "product"
	cStatus   concept = "status"
	cPriority concept = "priority"
	cConsent  concept = "consent"
	cSubject  concept = "subject"
	cText     concept = "text"
	cKind     concept = "kind"    // classes of things: type, group, industry
	cNothing  concept = "nothing" // and, the, new
	cUnknown  concept = "?"       // part of a word
	cForeign  concept = "??"      // a whole word: a product, a place, a name
)

// stems are the words of each concept without their endings, in Norwegian,
// Swedish, Danish, Finnish and English. Those of up to three letters stand for
// whole words; "-nr" may end a longer word, "mva-" may begin one.
var stems = []struct {
	of    concept
	words string
}{
	{cCustomer, `kund kunde kunder asiakas asiakka customer client klient cust debitor medlem member jasen abonnent subscriber leietaker hyresgast lejer vuokralai tenant kjoper
		kopare kober ostaja ostaj buyer purchaser mottaker mottaga modtager vastaanottaj consignee recipient bestiller besteller bestallar bestallande bestillende oppdragsgiver uppdragsgivar opdragsgiver
		toimeksiantaj tilaaj billto shipto soldto party prospekt prospect innkjopende account kd debtor sellto -part -parten osapuol byggherre bygherre rakennuttaj forsakringstagar forsikringstaker forsikringstager vakuutuksenottaj policyholder betaler betalare maksaja payer
		skole skola koulu school gard maatila farm rederi varustamo butikk butik myymala kjede kedja kade ketju sykehus sjukhus hospital sairaala`},
	{cCompany, `firma foretag foretak bedrift bedr selskap selskab virksomhet virksomhed bolag yritys yrityk yhtio toiminimi company organisasjon organisation organization organisaatio
		business juridisk enterprise corporate corporation legal forening forbund arbeidsgiver arbetsgivar arbejdsgiver tyonantaj employer org- myndighet myndighed viranomai authority`},
	{cSupplier, `leverandor leverantor toimittaj supplier vendor transportor speditor carrier kuljetusliik kuljetusyhtio fraktforer konkurrent kilpailij
		competitor forwarder`},
	{cContact, `kontakt contact yhteys yhteyden yht att attn attention deltaker deltagar deltager osallistuj participant attendee delegat innmelder anmelder anmalar ilmoittaj requester requestor caller
		respondent vastaaj besvarer svarand submitter informant rekvirent innsender avsender avsandar afsender lahettaj sender innkjop inkop indkob uppgiftslamnar tilmelder kontaktihenk gast gjest gaest guest vieraa`},
	{cPerson, `person pers henkilo henk hlo fullname individ mann`},
	{cOwner, `selger saljare saljar salger myyja myyj ansvarlig ansvarig ansvar ansv vastuu vastaav vast handlaggar handlagger handlaggs saksbehandler saksbeh sagsbehandler sagsbeh behandler kasittelij owner
		representant rep edustaj salesperson salesrep manager mgr mngr leder ledare paallikko paallik pallik konsulent konsult consultant tekniker teknikko asentaj montor technician engineer ingenjor
		ingenior radgiver radgivar agent assignee assigned responsible medarbeider medarbetar medarbejder tyontekij employee ansatt anstalld sjafor chauffor kuljettaj driver koordinator coordinator
		planlegger hoitaj eier agare ejer omistaj saksansvarlig handler tekija tekij kirjaaj luonut user bruker anvandar bruger kayttaj vetaj executive advisor operator utforende utforande udforende seller salesman tildelt tilldela kam luoja laatija insinoor sjef chef`},
	{cUs, `var vare vart vor vores our meidan intern internal internt sisai egen own oss os`},
	{cThem, `deres er eder eders jeres your teidan their heidan`},
	{cRef, `ref referanse referens reference viite viitte`},
	{cOrgNo, `orgnr orgno orgnummer ytunnu lytunnu cvr cvr- cvrnr yritystunnu brregnr bronnoysund`},
	{cName, `navn namn name nimi nime names navne`},
	{cNumber, `nr -nr nummer no -no number nro -nro numero numer nume num nbr id -id ids ident kode kod -kod koodi code tunnus tunniste tunnist  -numm nummr key nokkel`},
	{cRegister, `registr registrering registration reg -reg rekister`},
	{cVAT, `mva moms vat alv -mva -moms -alv merverdiavgift mervardesskatt mervardeskatt arvonlisavero tax -skatt skatt- -vero vero- veron`},
	{cPhone, `telefon phone puhelin puhelim telephone tlf -tlf tlf- tel tel- tfn -tfn mob mob- mobil mobile cell cellphone gsm puh -puh puh- direktnr sentralbord vaxel switchboard vaihde hovednr matkapuh hovednummer direkte direct
		telefax fax faksi -tel`},
	{cEmail, `epost mail email mejl sahkoposti sposti- emailadr epostadr`},
	{cWeb, `nettside hjemmeside hemsida kotisivu website webbplats url domene domain www internett linkedin web verkkosivu`},
	{cAddress, `adress osoite osoitte osoit -os adr -adr gate gata gatu vej vei vag -veg katu street gade road vejnavn line1 box utdelning `},
	{cPost, `post posti postal zip pnr postin postcode postnr`},
	{cCity, `sted ort -ort stad -by kommun kunta kaupunki kaupun city town paikkakunta paikkakun toimipaikka toimipaik postitmp tmp municipality locality tettsted postdistrikt distrikt`},
	{cCountry, `land maa -usmaa maan country nation nasjon maakoodi landsk -maa`},
	{cDate, `dato datum date dt pvm -pvm pva paivamaara paivays dag -dag tid tidspunkt tidpunkt time aika ajankohta paiva paivat paivan day paivam pv aikaleima timestamp`},
	{cEvent, `opprettet registrert registrerad registreret registered sendt utsendt mottatt levert leveret utfort utford udfort skapad skapt skickad andrad endret oprettet avsendt afsendt modtaget created opened closed updated modified
		modifier received shipped sent resolved signed luotu luonti lahetetty oppdater uppdater opdater muokattu muokkaus avattu suljettu paivitetty rekisteroity saapunut start slutt slut ende begin alku alka loppu loppup alkaen paattym aloitus
		gyldig giltig valid voimassa lukket avsluttet avslutad afsluttet inkom innkommet inkommen indkommet bokfort bokforing bogforing bokforings kirjaus postering posting
		expires expiry utloper loper kontaktet kontaktad kontakted contacted besokt fullfort ferdig klar completed finished done kirjattu kirja hentet ankomst arrival effective renewal fornyelse fornyelses oppstart pickup afhentning suoritus suorit solved fulfilled udlober andret signert underskrevet undertegnet undertecknad tecknat tecknad allekirjoit booked avreise avresa afrejse lahto departure end`},
	{cAsked, `meldt innmeldt pameldt anmald anmalt tilmeldt ilmoittaut submitted reported requested bestilt bestallt`},
	{cAt, `at on`},
	{cLast, `sist siste sista senast senaste sidst sidste senest seneste viimeksi viimei viimeistaan viim last latest neste nasta naste seuraav next planlagt planerad suunniteltu planned`},
	{cPay, `betaling betalning betales betalas betale betala betalt betald payment pay payable paid maksu maksettava`},
	{cDue, `forfall forfaller forfallo forfalloda forfald forfalder forf due eraantym erapaiv erapv era- maaraika maarapaiv frist deadline betalingsfrist innen inden before`},
	{cBirth, `fodsel fodt fodelse fodd syntyma birth born personnummer persnr cpr hetu henkilotunnu ssn`},
	{cAmount, `belop sum -sum summa amount amt belopp pris price hinta hinna verdi varde vardi value arvo kostnad omkostning cost kustannu omsetning omsattning omsatning revenue turnover liikevaihto budsjett budget
		budjet saldo balance honorar gebyr avgift fee hyra leie rent vuokra premie fragt frakt freight rahti rabatt rabat discount alennus innteke intakt inntekt indtagt tulo salg -salg salg- forsaljning sale myynti prognos
		forecast ennuste estimat restbelop netto net netbelop veroton outstanding utestaende udestaende avoin avoinna provision komisjon credit debet kredit debit tilskudd bidrag stotte avustus grant subsid
		okonomi bruttofortjeneste dekningsbidrag lonn palkka hinnoi lon- salj- mrr acv myyntikat husleje pramie premium kjop -kop kop- -kob kob- ostot purchas purchases kreditgrans kreditgrense luottoraja restanse restance restskuld arrears`},
	{cTotal, `total totalt tot brutto gross ialt yhteensa kokonais samlet samlad sammanlagt verolli loppusum kokonaissum slutsum totalsum sluttsum`},
	{cIncl, `inkl incl ink inkludert inklusive inklusiv including sis sisalta verolli med`},
	{cExcl, `ekskl eksl eksklusive exkl excl excluding exclusive eks ex uten utan uden u without ilman veroton alv0`},
	{cOf, `of for pa fra from til till to hos i in med with from vid per pr `},
	{cBy, `av af by`},
	{cCurrency, `valuta valuut valutta currency curr ccy mont val`},
	{cQuantity, `antall antal ant mengde mangd mangde maara maar quantity qty count stk kpl lkm vekt vikt vagt paino weight timer timmar tunni tunti tunt hours hour kolli colli kolle packages paller pallet volum volym tilavuus volume
		headcount stuck licences deltakerantall poeng poang score pisteet kapasitet areal maarat lukumaara enheter kvantitet kvantum forbruk forbrug forbrukning kulutus consumption kvadratmeter neliometr square tonn tonnes tonnit`},
	{cRate, `prosent procent prosent percent pct sats kurs kanta margin andel osuus share ratio rate`},
	{cAccount, `konto tili iban bank bankgiro plusgiro bankkonto bic swift kid ocr kontonummer tilinumero pankki`},
	{cInvoice, `faktur invoice lasku laskun lask laskutus fakt inv inv- fakt- fakturering billing kreditnota`},
	{cThing, `ordre order tilaus tilauk sak saks sag sags arende case ticket tikett tiketi prosjekt projekt project forsendelse sending sandning lahetys shipment avtale avtal aftale sopimu contract kontrakt agreement
		tilbud offert tarjous tarjouk quote quotation offer oppdrag uppdrag opgave oppgave tehtav task job jobb toimeksianto service tjenest tjanst besok besog visit kaynti kaynni reklamasjon reklamation reklamaatio klage complaint
		valitus avvik handelse hendelse incident rekvisisjon bestilling bestallning fraktseddel fraktsedel fragtbrev fraktbrev rahtikirj waybill consignment leveranse leverans levering lev delivery toimitu transaksjon transaktion transaction
		tapahtuma tapaus tapauk linje line rivi entry record issue lead deal opportunity mulighet undersokelse undersokning kysely enkat survey booking bokning varau arbeid arbets arbejds tyo work huolto bilag verifikation verifikasjon
		tosite tosit voucher dokument document palaute svar response vastau kursu kurssi event arrangement claim lop- lobe- rad row po seminar vedlikehold maintenance installasjon installation asennus anlegg anlaggning kampanj
		pamelding anmalning tilmelding registering campaign utskick kontrol kontroll inspeksjon site tarkastus kurs avtaleperiode periode request soknad soknads ansokan montasje montage montering avlesning avlasning aflasning lukema reading skade skada vahinko vahingo mittari maler`},
	{cProduct, `vare- vare varenavn vara varor tuote tuott artikkel artikel produkt product item sku materi modell model serie serienr serial laite laitteen equipment utstyr utrustning udstyr maskin machine kone lisens licens license vaerktoy el- strom- sahko-`},
	{cStatus, `status stat tilstand tilstan tila tilan tilanne lage state stage fase fas phase vaihe tilan resultat utfall outcome nykytila trinn trin steg -fas`},
	{cPriority, `priorit prio pri hast hastegrad kiireel alvorlig severity urgen tarkeys viktighet allvar alvorlighe vakavuu`},
	{cConsent, `samtykke samtycke suostumus consent nyhetsbrev nyhedsbrev newsletter uutiskirje gdpr optin optout reservasjon lupa -lupa tillatelse permission markedsforing marknadsforing marketing markkinoint suoramarkkinoint onsker `},
	{cSubject, `emne amne aihe subject tittel titel otsikko overskrift rubrik title headline gjelder galler vedr vedror koske asia drejer arendemening mening`},
	{cText, `merknad kommentar kommentt komment comment beskrivelse beskrivning beskr description desc anmarkning anmarkn anm bemarkning bemarkn bemerkning notat note notis notering huomautu huomio huom kuvaus kuvau kommentti muistiinpano
		lisatie info melding meddel meddelelse viesti message detalj detail innhold innehall indhold sisalto tekst text teksti remark selite forklaring anledning arsak reason syy feedback tilbakemelding answer losning
		losning solution ratkaisu tiltak atgard action toimenpid krav onske opplysning upplysning oplysning tiedo tiedot information tieto resolution question sporsmal fraga kysymys`},
	{cKind, `type typ grad level niva taso tyypp kategori category gruppe grupp ryhma group klasse klass luokka luokit class segment bransje bransch branche toimiala industry sector rolle roll rooli role stilling befattning nimike avdeling
		avdelning afdeling osasto department dept team kanal channel kilde kalla source region fylke omrade area alue sprak sprog kieli language lan tag enhet market marked marknad vilkar villkor betingelse ehto ehdot terms conditions metode metod method mate tapa zone vyohyke liste lista list luettelo kostnadssted kostnadsstall omkostningssted kustannuspaik segmentation segmentering segmentoint`},
	{cNothing, `og och ja and the ny gml gammel gammal old new current aktuell aktuel naverende nuvarande hoved main primary primar primaer loppu- slut- end- slutt- hel ar arlig annual monthly maned manad kuukausi vuosi viikk
		evt andre ovrig muut muu other fritt fri vapaa den det dem rad forsta first forste sekundar second tilpasset legal ean iso eu isoon x tai eller or vir virallinen hovedkontor office kontor 
		expected forventet bekreftet confirmed general fast bruk felt kentta field rivi1 rivi2`},
}
