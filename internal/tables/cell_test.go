package tables

import (
	"math"
	"strconv"
	"testing"
	"time"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		in    string
		point byte
		want  string // "" if it is no number
	}{
		{"12", ',', "12"}, {"-12,50", ',', "-12.5"}, {"1 234,50", ',', "1234.5"}, {"1\u00a0234\u00a0567,5", ',', "1234567.5"}, {"1\u202f234", ',', "1234"},
		{"1.234,50", ',', "1234.5"}, {"1,234.50", '.', "1234.5"}, {"1,234.50", ',', "1234.5"}, {"1.234.567", ',', "1234567"}, {"1'234.5", '.', "1234.5"},
		{"1 234,50 kr", ',', "1234.5"}, {"kr 1 234,-", ',', "1234"}, {"NOK 12.500", ',', "12500"}, {"12.500", '.', "12.5"}, {"€ 5", ',', "5"}, {"-kr 5", ',', "-5"},
		{"(500,00)", ',', "-500"}, {"500-", ',', "-500"}, {"−5", ',', "-5"}, {"+5", ',', "5"}, {"0", ',', "0"}, {"-0", ',', "0"}, {"007", ',', "7"},
		{"0.30000000000000004", '.', "0.3"}, {"9.23609016E8", '.', "923609016"}, {"1E-4", '.', "0.0001"}, {",5", ',', "0.5"}, {"5,", ',', "5"}, {"0,125", ',', "0.125"},
		{"", ',', ""}, {"-", ',', ""}, {"1 23", ',', ""}, {"12 34 56 78", ',', ""}, {"1,2,3", ',', ""}, {"1.2.3", ',', ""}, {"12kg", ',', ""}, {"1e999", ',', ""},
		{"12345678901234567", ',', ""}, {"2025-01-02", ',', ""}, {"kr", ',', ""}, {"1 234 5678", ',', ""}, {"١٢", ',', ""}, {"25 %", ',', ""},
	} {
		if got, ok := parseNumber(c.in, c.point); got != c.want || ok != (c.want != "") {
			t.Errorf("%q with %c is %q, %v, want %q", c.in, c.point, got, ok, c.want)
		}
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct {
		in         string
		monthFirst bool
		want       string
	}{
		{"2025-12-31", false, "2025-12-31T00:00:00Z"}, {"31.12.2025", false, "2025-12-31T00:00:00Z"}, {"31.12.25", false, "2025-12-31T00:00:00Z"}, {"1/2/2025", false, "2025-02-01T00:00:00Z"},
		{"1/2/2025", true, "2025-01-02T00:00:00Z"}, {"31/12-2025", false, "2025-12-31T00:00:00Z"}, {"31. desember 2025", false, "2025-12-31T00:00:00Z"}, {"31. joulukuuta 2025", false, "2025-12-31T00:00:00Z"},
		{"2. maj 2025", false, "2025-05-02T00:00:00Z"}, {"Dec 31, 2025", false, "2025-12-31T00:00:00Z"}, {"31.12.2025 16:05", false, "2025-12-31T16:05:00Z"}, {"31.12.2025 kl 16.05", false, "2025-12-31T16:05:00Z"},
		{"2025-12-31T16:05:09Z", false, "2025-12-31T16:05:09Z"}, {"2025-12-31T16:05:09.123+01:00", false, "2025-12-31T15:05:09Z"}, {"2025-12-31 16:05:09-0200", false, "2025-12-31T18:05:09Z"},
		{"12/31/25 4:05 PM", true, "2025-12-31T16:05:00Z"}, {"12/31/25 12:05 AM", true, "2025-12-31T00:05:00Z"}, {"1. 2. 2025", false, "2025-02-01T00:00:00Z"},
		{"31.02.2025", false, ""}, {"32.01.2025", false, ""}, {"2025", false, ""}, {"12.13.2025", false, ""}, {"22 33 44 55", false, ""}, {"31 12 25", false, ""}, {"1.2.3", false, ""},
		{"10.0.0.12", false, ""}, {"923 609 016", false, ""}, {"2025-12-31 25:00", false, ""}, {"0001-01-01", false, ""}, {"Kari 12, 2025", false, ""}, {"31.12.2025 ca", false, ""}, {"12-34-56", false, ""},
	} {
		got, ok := parseDate(c.in, c.monthFirst)
		if s := got.Format(time.RFC3339); ok != (c.want != "") || ok && s != c.want {
			t.Errorf("%q is %s, %v, want %q", c.in, s, ok, c.want)
		}
	}
}

func TestWholeNumbers(t *testing.T) {
	for in, want := range map[string]string{
		"923609016.0": "923609016", "9.23609016E8": "923609016", "9.23609016e+08": "923609016", "0150": "0150", "12.5": "12.5", "1.5E0": "1.5E0", "A12.0": "A12.0", "12.": "12", "1E30": "1E30", "": "", "10.0.0": "10.0.0",
	} {
		if got := wholeNumber(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestOrganisationNumbers(t *testing.T) {
	for _, c := range []struct {
		check   func(string) bool
		valid   []string
		invalid []string
	}{
		{validNO, []string{"923609016", "974 760 673", "NO 831865741 MVA", "807217917"}, []string{"987654321", "812345675", "92360901", "123456785", ""}},
		{validSE, []string{"556016-0680", "202100-5489", "5990205048", "165560160680", "SE556016068001"}, []string{"1234567891", "8001011230", "556016-0681"}},
		{validDK, []string{"13585628", "DK 10150817", "13748136", "88 15 29 05"}, []string{"12345678", "88888888", "01234567"}},
		{validFI, []string{"2077474-0", "0112038-9", "06304785", "1120389", "FI20774740"}, []string{"2077474-1", "12"}},
	} {
		for _, s := range c.valid {
			if !c.check(bare(s)) {
				t.Errorf("%q is refused", s)
			}
		}
		for _, s := range c.invalid {
			if c.check(bare(s)) {
				t.Errorf("%q passes", s)
			}
		}
	}
}

func TestKindsOfCells(t *testing.T) {
	for _, c := range []struct {
		name    string
		is      func(string) bool
		yes, no []string
	}{
		{"e-mail", isEmail, []string{"a@b.no", "Kari <kari@x.no>", "a@b.no; c@d.no"}, []string{"a@b", "@b.no", "se b.no", "kari"}},
		{"phone", isPhone, []string{"22334455", "+47 22 33 44 55", "(+45) 35 59 04 29", "040-123 45 67", "930 96 512 / 22 86 44 00", "tlf 22334455"}, []string{"123", "1234.5", "Kari", "12345678901234567", "12+3456789"}},
		{"VAT", isVAT, []string{"NO923609016MVA", "923 609 016 MVA", "SE556016068001", "DK13585628", "DE806317323"}, []string{"923609016", "FAKTURA 12", "A1"}},
		{"company", isCompany, []string{"Fjellvik AS", "Nørgaard A/S", "Oy Virta Ab", "AB Fjäll", "Bergen kommune", "Bygg ApS Odense"}, []string{"Kari Nordmann", "AS", "levert som avtalt i dag"}},
		{"person", isPerson, []string{"Kari Nordmann", "NORDMANN KARI", "Nordmann, Kari", "Per av Berg"}, []string{"Kari", "Fjellvik AS", "kari nordmann", "Rom 12 B", "a@b.no"}},
		{"postal code", isPostal, []string{"0150", "123 45", "N-0150", "00100", "150"}, []string{"12", "123456", "Oslo"}},
		{"code", isCode, []string{"P2025-1027", "10021", "K/12", "T-24000"}, []string{"Kari", "1", "a b 12", "12,5"}},
	} {
		for _, s := range c.yes {
			if !c.is(s) {
				t.Errorf("%q is no %s", s, c.name)
			}
		}
		for _, s := range c.no {
			if c.is(s) {
				t.Errorf("%q is a %s", s, c.name)
			}
		}
	}
}

// FuzzCell: what is called a number or a date is written in its one form, and
// reading that form again changes nothing.
func FuzzCell(f *testing.F) {
	for _, s := range []string{"1 234,50 kr", "(5)", "31.12.25", "2025-12-31T16:05:09.5+01:00", "9.23609016E8", "0x1p-2", "1_000", "Inf", "NaN", "1.234", "--5", "5-", "12/31/99 1:02 AM", "kr kr 5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = clean(s)
		for _, fm := range []form{{typ: typeNumber, point: ','}, {typ: typeNumber, point: '.'}, {typ: typeDate}, {typ: typeDate, monthFirst: true, serial: true}, {typ: typeBool}, {digits: true, pad: 9}, {clock: true}} {
			typ, value := fm.canonical(s)
			switch typ {
			case typeNumber:
				n, err := strconv.ParseFloat(value, 64)
				if err != nil || math.IsInf(n, 0) {
					t.Fatalf("%q is the number %q", s, value)
				}
				if again, ok := parseNumber(value, '.'); !ok || again != value {
					t.Fatalf("%q is the number %q, which is %q", s, value, again)
				}
			case typeDate, typeTime:
				layout := map[string]string{typeDate: time.DateOnly, typeTime: time.RFC3339}[typ]
				if _, err := time.Parse(layout, value); err != nil {
					t.Fatalf("%q is the %s %q", s, typ, value)
				}
			case typeBool:
				if value != "true" && value != "false" {
					t.Fatalf("%q is %q", s, value)
				}
			default:
				if s != "" && value == "" {
					t.Fatalf("%q got lost", s)
				}
			}
		}
	})
}
