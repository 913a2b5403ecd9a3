package demo

import (
	"fmt"
	"math/rand/v2"
)

// land holds how companies and people are called in one country.
type land struct {
	code                                                                string
	stems, endings, trades, forms, streets, places, first, last, titles []string
	orgNo, phone                                                        func(*rand.Rand) string
}

var lands = []land{
	{
		code:    "NO",
		stems:   []string{"Fjord", "Ås", "Berg", "Sol", "Ødegård", "Lang", "Stor", "Vest", "Hegg", "Skog", "Myr", "Tind", "Strand", "Elve", "Furu", "Grøn", "Hav", "Bjørke", "Kvern", "Lund"},
		endings: []string{"vik", "haug", "dal", "nes", "holm", "stad", "li", "heim", "eng", "bakken", ""},
		trades:  []string{"Bygg", "Eiendom", "Rør", "Elektro", "Hotell", "Maskin", "Transport", "Næringsbygg", "Bakeri", "Mek", "Oppdrett", "Regnskap", "Skole", "Helsehus"},
		forms:   []string{"AS", "AS", "AS", "AS", "ASA", "SA", "ANS"},
		streets: []string{"Storgata", "Kirkeveien", "Strandgata", "Industriveien", "Havnegata", "Skolegata", "Øvre vei"},
		places:  []string{"0155 Oslo", "5003 Bergen", "7010 Trondheim", "4006 Stavanger", "9008 Tromsø", "6002 Ålesund", "3015 Drammen", "4610 Kristiansand", "8006 Bodø", "1723 Sarpsborg", "2317 Hamar"},
		first:   []string{"Kari", "Ola", "Åse", "Bjørn", "Ingunn", "Geir", "Silje", "Tor", "Marit", "Håkon", "Liv", "Sigurd", "Randi", "Espen"},
		last:    []string{"Hansen", "Nygård", "Bakke", "Ødegaard", "Lie", "Strøm", "Haugen", "Sæther", "Moen", "Aas", "Dahl", "Fossum"},
		titles:  []string{"Daglig leder", "Driftssjef", "Innkjøp", "Prosjektleder", "Økonomi", "Vaktmester"},
		orgNo:   func(r *rand.Rand) string { return "9" + mod11(r, 7, []int{3, 2, 7, 6, 5, 4, 3, 2}, 9) },
		phone: func(r *rand.Rand) string {
			return fmt.Sprintf("+47 9%02d %02d %03d", r.IntN(100), r.IntN(100), r.IntN(1000))
		},
	},
	{
		code:    "SE",
		stems:   []string{"Björk", "Sjö", "Öster", "Norr", "Lind", "Ek", "Sten", "Gran", "Ängs", "Kvarn", "Hög", "Söder"},
		endings: []string{"vik", "holm", "dal", "backa", "berga", "lund", "ås"},
		trades:  []string{"Bygg", "Fastigheter", "Rör", "El", "Plåt", "Mekaniska", "Hotell", "Förvaltning", "Åkeri"},
		forms:   []string{"AB", "AB", "AB", "HB"},
		streets: []string{"Storgatan", "Kungsgatan", "Hamngatan", "Skolvägen", "Industrigatan"},
		places:  []string{"11122 Stockholm", "41101 Göteborg", "21115 Malmö", "75310 Uppsala", "65224 Karlstad", "90325 Umeå"},
		first:   []string{"Anna", "Lars", "Åsa", "Björn", "Elin", "Göran", "Malin", "Per", "Sofia", "Johan"},
		last:    []string{"Andersson", "Öberg", "Lindström", "Sjögren", "Ågren", "Nyström", "Bergqvist"},
		titles:  []string{"VD", "Inköp", "Driftchef", "Ekonomi", "Projektledare"},
		orgNo:   swedish,
		phone: func(r *rand.Rand) string {
			return fmt.Sprintf("+46 70 %03d %02d %02d", r.IntN(1000), r.IntN(100), r.IntN(100))
		},
	},
	{
		code:    "DK",
		stems:   []string{"Sønder", "Nørre", "Skov", "Bøge", "Kirke", "Strand", "Ege", "Møller", "Vester", "Lille"},
		endings: []string{"gård", "lund", "borg", "by", "mose", "vang"},
		trades:  []string{"Byg", "Ejendomme", "VVS", "Køl", "Maskinfabrik", "Logistik", "Murer", "El"},
		forms:   []string{"ApS", "ApS", "A/S", "I/S"},
		streets: []string{"Hovedgaden", "Nørregade", "Havnevej", "Industrivej", "Østergade"},
		places:  []string{"1552 København", "8000 Aarhus", "5000 Odense", "9000 Aalborg", "7100 Vejle"},
		first:   []string{"Mette", "Søren", "Kirsten", "Jens", "Pernille", "Lars", "Bodil", "Rasmus"},
		last:    []string{"Jensen", "Nielsen", "Sørensen", "Møller", "Kjær", "Østergaard", "Holm"},
		titles:  []string{"Direktør", "Indkøb", "Driftschef", "Bogholderi"},
		orgNo:   func(r *rand.Rand) string { return mod11(r, 7, []int{2, 7, 6, 5, 4, 3, 2}, 8) },
		phone: func(r *rand.Rand) string {
			return fmt.Sprintf("+45 2%01d %02d %02d %02d", r.IntN(10), r.IntN(100), r.IntN(100), r.IntN(100))
		},
	},
	{
		code:    "FI",
		stems:   []string{"Järvi", "Mänty", "Koivu", "Pohjan", "Lahden", "Kivi", "Suo", "Meri"},
		endings: []string{"mäki", "ranta", "lahti", "niemi", "korpi", "saari"},
		trades:  []string{"Rakennus", "Kiinteistöt", "Sähkö", "LVI", "Konepaja", "Kuljetus"},
		forms:   []string{"Oy", "Oy", "Oyj", "Ky"},
		streets: []string{"Mannerheimintie", "Rantatie", "Koulukatu", "Teollisuustie"},
		places:  []string{"00100 Helsinki", "33100 Tampere", "20100 Turku", "90100 Oulu", "65100 Vaasa"},
		first:   []string{"Aino", "Matti", "Päivi", "Juha", "Sanna", "Kari", "Outi"},
		last:    []string{"Virtanen", "Mäkinen", "Korhonen", "Hämäläinen", "Laine"},
		titles:  []string{"Toimitusjohtaja", "Ostopäällikkö", "Kunnossapito"},
		orgNo:   func(r *rand.Rand) string { return mod11(r, 7, []int{7, 9, 10, 5, 8, 4, 2}, 8) },
		phone:   func(r *rand.Rand) string { return fmt.Sprintf("+358 40 %03d %04d", r.IntN(1000), r.IntN(10000)) },
	},
}

// mod11 draws digits until a number with the weights has a check digit below
// 10. A Norwegian number begins with a 9 that the caller writes in front.
func mod11(r *rand.Rand, n int, weights []int, length int) string {
	for {
		digits := make([]int, n)
		for i := range digits {
			digits[i] = r.IntN(10)
		}
		digits[0] = 1 + r.IntN(9)
		all := digits
		if length == 9 {
			all = append([]int{9}, digits...)
		}
		sum := 0
		for i, w := range weights {
			sum += all[i] * w
		}
		check := (11 - sum%11) % 11
		if check == 10 {
			continue
		}
		s := ""
		for _, d := range append(digits, check) {
			s += fmt.Sprint(d)
		}
		return s
	}
}

// swedish draws an organisation number: third digit 2 or more, Luhn check digit.
func swedish(r *rand.Rand) string {
	digits := []int{5, 5, 6, r.IntN(10), r.IntN(10), r.IntN(10), r.IntN(10), r.IntN(10), r.IntN(10)}
	sum := 0
	for i, d := range digits {
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	s := ""
	for _, d := range append(digits, (10-sum%10)%10) {
		s += fmt.Sprint(d)
	}
	return s
}

// written is an organisation number as people of the country write it.
func (c *Customer) written() string {
	switch n := c.OrgNo; c.Country {
	case "SE":
		return n[:6] + "-" + n[6:]
	case "FI":
		return n[:7] + "-" + n[7:]
	case "NO":
		return n[:3] + " " + n[3:6] + " " + n[6:]
	default:
		return n
	}
}
