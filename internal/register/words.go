package register

// words are parts of headers in Norwegian, Swedish, Danish, Finnish and English,
// as the registers of these countries and their users write them. A header
// means the first kind that fits: "ophørt ved fusion" is an end, "fusioneret
// ind i" a successor.
var words = []struct{ kind, words string }{
	{successor, `fusjonert inn i, fusjonert med, innfusjonert i, overtatt av, overtakende, overtagende, etterfølger, slått sammen med, fusionerad in i, fusionerat med, uppgått i, övertagande, efterträdare,
		fusioneret ind i, fusioneret med, efterfølger, fortsættende, sulautunut, vastaanottava, seuraaja, merged into, merged with, successor, absorbed by, taken over by`},
	{parent, `overordnet, hovedenhet, moderenhet, morenhet, hører til, överordnad, huvudenhet, moderenhet, moderföretag, hovedenhed, juridisk enhed, moderselskab, pääyksikkö, emoyhtiö, emoyritys, kuuluu yritykseen,
		parent unit, parent org, parent company, parent number, parent enterprise, head unit, belongs to`},
	{ended, `konkurs, avvikling, avveckling, slettet, slettedato, slettingsdato, tvangsoppløs, oppløst, opphørt, opphørsdato, opphør, avregistr, upplöst, upphört, upphör, likvid, ophør, opløst, tvangsopløs, slettedato,
		lakannut, lakkaa, lopetettu, päättymispäivä, poistettu, konkurssi, selvitystil, dissol, struck off, bankrup, liquidat, deregist, cessation, ceased, closed on, termination`},
	{form, `organisasjonsform, org form, orgform, selskapsform, foretaksform, enhetstype, bolagsform, företagsform, organisationsform, virksomhedsform, selskabsform, yritysmuoto, yhtiömuoto,
		juridisk form, oikeudellinen muoto, legal form, company form, company type, business form, entity type`},
	{registered, `registreringsdato, registrert dato, registrert i, registrertdato, stiftelsesdato, stiftet, foretaksregister, enhetsregister, mvaregister, registreringsdatum, registrerad, bildad, bildat, f skatt, stiftelsesdag,
		etableret, registreret, rekisteröi, perustamis, perustettu, registration date, registered on, date registered, incorporat`},
	{activity, `næringskode, naeringskode, næringsgruppe, nace, sni kod, snikod, branchekode, bransjekode, hovedbranche, toimialakoodi, päätoimiala, sektorkode, sektorkod, industry code, sic code, siccode, naics`},
	{staff, `ansatte, anställda, henkilöstö, employees`},
	{district, `kommunenummer, kommunenr, kommunekode, kommunkod, kuntakoodi, kuntanumero, municipality code, municipality no`},
	{town, `poststed, postort, bynavn, postdistrikt, kaupunki, toimipaikka, postitoimipaikka, city, post town`},
	{capital, `aksjekapital, aktiekapital, selskabskapital, anpartskapital, osakepääoma, share capital, registered capital`},
	{sources, `enhetsregister, foretaksregister, brreg, brønnøysund, företagsregister, bolagsregister, bolagsverket, virksomhedsregister, virk data, cvr register, kaupparekisteri, yritysrekisteri, yritystieto, ytj,
		company register, companies register, companies house, business register, selskapsregister`},
}

// denials are cells under "bankrupt" or "dissolved" of a company that is not.
const denials = `nei, nej, ei, no, false, 0, n, ikke, inte, ingen, aktiv, aktivt, active, normal, i drift, toiminnassa, registrert, registrerad, registreret, ok`
