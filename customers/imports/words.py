"""What columns are called in files of shops, in English and Dutch: the plain name in, the targets it may mean out. Leaves no row."""

# Target -> names, without case, accents and signs.
NAMES = {
    "external_id": "id customerid custid customernumber customerno customer clientid userid memberid accountid contactid personid "
    "subscriberid externalid klantid klantnummer klantnr klant relatienummer relatieid debiteurnummer debiteurnr "
    "lidnummer gebruikersid",
    "email": "email emailaddress mail mailaddress emailadres mailadres epost epostadres klantemail customeremail useremail",
    "phone": "phone phonenumber telephone tel telno mobile mobilephone mobilenumber cell cellphone gsm telefoon "
    "telefoonnummer telefoonnr mobiel mobielnummer 06nummer",
    "anonymous_id": "anonymousid deviceid visitorid cookieid anoniemid bezoekersid",
    "first_name": "firstname first givenname forename voornaam roepnaam",
    "last_name": "lastname last surname familyname achternaam familienaam",
    "language": "language lang locale taal voorkeurstaal",
    "city": "city town place woonplaats plaats stad gemeente",
    "postcode": "postcode postalcode zip zipcode postal",
    "country": "country countrycode land landcode",
    "birthday": "birthday birthdate dateofbirth dob geboortedatum verjaardag gebdatum",
    "signup_at": "signupat signup signedup signupdate createdat created registeredat registered registrationdate joined joinedat "
    "membersince aangemaakt aangemaaktop aanmelddatum aangemeld registratiedatum klantsinds lidsinds inschrijfdatum",
    "loyalty_number": "loyaltynumber loyaltycard cardnumber klantenkaart klantenkaartnummer kaartnummer pasnummer spaarkaart",
    "gender": "gender sex geslacht",
    "street": "street address address1 streetaddress straat adres straatnaam",
    "company": "company organisation organization bedrijf bedrijfsnaam organisatie",
    "points": "points punten spaarpunten",
    "timestamp": "timestamp time date datetime at occurredat happenedat when orderdate orderedat purchasedate purchasedat datum "
    "tijd tijdstip datumtijd besteldatum bestelddatum orderdatum aankoopdatum",
    "message_id": "messageid eventid berichtid gebeurtenisid transactionid transactienummer",
    "order_id": "orderid ordernumber orderno order invoice invoicenumber receipt bestelnummer bestelling ordernummer "
    "factuurnummer bonnummer",
    "amount": "amount total revenue value price sum ordertotal totalamount amountusd amounteur bedrag totaal totaalbedrag "
    "orderbedrag omzet prijs waarde",
    "currency": "currency currencycode valuta munt muntsoort",
    "quantity": "quantity qty count aantal stuks",
}
MEANT_BY: dict[str, list[str]] = {}
for _target, _names in NAMES.items():
    for _name in _names.split():
        MEANT_BY.setdefault(_name, []).append(_target)
