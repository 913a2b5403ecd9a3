package demo

var offers = []string{
	"Nytt ventilasjonsaggregat", "Utskifting av filter, hele bygget", "Serviceavtale 3 år", "Kjøling av serverrom",
	"Energioptimalisering", "Varmegjenvinner", "Rens av kanaler", "Sensorer og styring", "Utvidelse av anlegg, 2. etasje",
}

// goods are what is ordered, prospects and steps what sales plans, visits what it heard.
var (
	goods     = []string{"Posefilter F7", "Panelfilter G4", "Ventilasjonsaggregat V12", "Kjølebatteri", "Viftemotor EC", "Årsservice", "Kanalrens", "Romfølere CO₂"}
	prospects = []string{"Sikker, avtalen løper", "Venter på budsjett hos kunden", "Konkurrenten er inne", "Stor oppussing, vi er invitert", "Som i år"}
	steps     = []string{"Invitere driftssjefen på fagdag", "Tilby ny rammeavtale", "Befaring av tak og kanaler", "Gjennomgå reklamasjonene med kunden", "Avklare ny kontaktperson", "Presentere energirapport", "Følge opp tilbudet"}
	visits    = []string{"Fornøyd med siste service, men savner rapporten. Vil ha den på e-post.", "Ny driftssjef fra nyttår. Ønsker ett fast serviceteam.", "Vurderer å bytte leverandør på filter; prisen er for høy.", "Skal bygge ut lageret neste år og trenger kjøling.", "Spurte om døgnvakt. Lovet svar innen uken."}
)

var tickets = []string{
	"Alarm on air handling unit", "Filter change not done", "Noise from fan at night", "Wrong invoice address", "Request for service report",
	"Temperature too low in meeting rooms", "Spare part missing in delivery", "Remote access does not work", "Question about agreement", "Leak from cooling unit",
}

var complaints = []string{
	"Aggregatet stoppet to dager etter service", "Feil filter levert", "Støy fra vifte i kontorlandskap", "Montør møtte ikke til avtalt tid",
	"Skade på himling etter montering", "Anlegget lukter brent", "Faktura stemmer ikke med tilbud", "Vann fra kondensavløp",
}

// verdicts are survey answers from bad to good.
var verdicts = [3][]string{
	{"Vi ble ikke ringt tilbake.", "For lang ventetid på deler, vurderer andre.", "Dyrt i forhold til jobben som ble gjort."},
	{"Greit nok.", "Ok service, men vanskelig å få tak i riktig person.", "Fint, men rapporten kom sent."},
	{"Veldig fornøyd med montørene!", "Rask hjelp da anlegget stoppet.", "Beste leverandør vi har på inneklima.", "Ryddig og hyggelig."},
}

// talk is what customers write, and what we answer, in one language.
type talk struct {
	subjects          []string
	hello, bye, reply string
	asks, answers     []string
	wrote             string // how a reply introduces what it quotes; %s date, %s name
}

var talks = map[string]talk{
	"NO": {
		subjects: []string{"Befaring", "Faktura", "Reklamasjon på anlegg", "Tilbud på service", "Bestilling av filter", "Støy fra anlegget", "Ny kontaktperson hos oss", "Endret leveringsadresse"},
		hello:    "Hei,", bye: "Med vennlig hilsen", reply: "Sv: ",
		asks:    []string{"Anlegget i 2. etasje går for fullt om natten. Kan dere se på det?", "Kan vi få et tilbud på service for neste år?", "Fakturaen stemmer ikke med det vi avtalte. Kan dere sjekke?", "Vi trenger 24 filter av samme type som sist, levert før fredag.", "Montøren kom ikke til avtalt tid i går. Hva skjer?", "Fra 1. neste måned er jeg ny kontaktperson."},
		answers: []string{"Takk for henvendelsen. Vi ser på saken og kommer tilbake i dag.", "Vi sender en montør i morgen mellom 9 og 11.", "Beklager! Ny faktura er sendt.", "Tilbudet er vedlagt. Ring gjerne om noe er uklart.", "Notert, takk. Vi har oppdatert opplysningene."},
		wrote:   "%s skrev %s:",
	},
	"SE": {
		subjects: []string{"Besiktning", "Faktura", "Reklamation", "Offert på service", "Beställning av filter", "Buller från aggregatet"},
		hello:    "Hej,", bye: "Med vänliga hälsningar", reply: "Sv: ",
		asks:    []string{"Aggregatet på plan två går för fullt på natten. Kan ni titta på det?", "Vi skulle vilja ha en offert på service för nästa år.", "Fakturan stämmer inte med offerten. Kan ni kontrollera?", "Vi behöver 12 filter till, helst före fredag."},
		answers: []string{"Tack för ditt mejl. Vi återkommer under dagen.", "En tekniker kommer i morgon förmiddag.", "Ny faktura är skickad, ursäkta besväret."},
		wrote:   "Den %s skrev %s:",
	},
	"DK": {
		subjects: []string{"Besigtigelse", "Faktura", "Reklamation", "Tilbud på service", "Bestilling af filtre"},
		hello:    "Hej,", bye: "Venlig hilsen", reply: "Sv: ",
		asks:    []string{"Anlægget på 2. sal kører for fuldt tryk om natten. Kan I se på det?", "Må vi få et tilbud på service næste år?", "Fakturaen passer ikke med aftalen. Kan I tjekke?", "Vi mangler 12 filtre, gerne inden fredag."},
		answers: []string{"Tak for henvendelsen. Vi vender tilbage i dag.", "Vi sender en montør i morgen formiddag.", "En ny faktura er på vej, beklager."},
		wrote:   "Den %s skrev %s:",
	},
	"FI": {
		subjects: []string{"Site visit", "Invoice question", "Complaint", "Service offer", "Order of filters"},
		hello:    "Hi,", bye: "Best regards", reply: "Re: ",
		asks:    []string{"The unit on the second floor runs at full speed all night. Could you have a look?", "Could we have an offer for service next year?", "The invoice does not match the offer. Please check.", "We need 12 more filters before Friday."},
		answers: []string{"Thank you for your message. We will come back to you today.", "A technician will visit tomorrow morning.", "A new invoice has been sent, sorry for the trouble."},
		wrote:   "On %s %s wrote:",
	},
}
