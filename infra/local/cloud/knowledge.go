package cloud

// entry is an answer of the demo shop's knowledge base, as POST /knowledge takes it.
type entry struct {
	Category  string   `json:"category"`
	Topic     string   `json:"topic"`
	Answer    string   `json:"answer"`
	Language  string   `json:"language"`
	Protected []string `json:"protected,omitempty"`
	Stores    []string `json:"stores,omitempty"`
}

// entries answer what the demo's buyers ask most.
var entries = []entry{
	{
		Category: "Shipping", Topic: "How long does shipping take and where is my order?", Language: "en-US",
		Answer: "Orders leave our warehouse within 1 business day. Delivery in the United States takes 3 to 5 business days. " +
			"The tracking number is on the order page of the store where you bought. If the tracking shows no movement for 5 business days, we send a replacement or refund the order, whichever you prefer.",
	}, {
		Category: "Shipping/Canada", Topic: "How long does shipping to Canada take?", Language: "en-US", Stores: []string{"amazon.ca", "walmart.ca", "ebay.ca", "newegg.ca"},
		Answer: "Delivery in Canada takes 4 to 8 business days, up to 12 to remote areas. Duties and taxes are included in the price. " +
			"A parcel that has been in transit for more than 10 business days counts as lost: we send it again free of charge or refund it.",
	}, {
		Category: "Returns", Topic: "How do I return an item and when is it refunded?", Language: "en-US",
		Answer: "Items can be returned within 30 days of delivery. Please open the return from your order page so that you get a prepaid label. " +
			"The refund is issued within 2 business days after the item has reached our warehouse; banks take 3 to 5 more business days to show it.",
	}, {
		Category: "Returns", Topic: "The item arrived damaged, incomplete or is the wrong one", Language: "en-US",
		Answer: "We are sorry about that. A photo of the item and of the parcel is all we need. We send the missing part or a replacement free of charge within 1 business day, or refund the order in full; the damaged item does not have to be sent back.",
	}, {
		Category: "Warranty", Topic: "What does the warranty cover?", Language: "en-US", Protected: []string{"Lumenhaus"},
		Answer: "All Lumenhaus lamps have a 2 year warranty from the date of delivery. It covers flickering, dead LEDs, defective switches and power supplies. " +
			"We replace a defective lamp free of charge; the order number and a short description of the fault are enough.",
	}, {
		Category: "Orders", Topic: "Can I change the address or cancel my order?", Language: "en-US",
		Answer: "As long as the order has not left our warehouse, usually within 12 hours, we can cancel it or send it to another address. After that the address can no longer be changed; you may refuse the parcel or return it within 30 days for a full refund.",
	}, {
		Category: "Products", Topic: "Are the LED bulbs dimmable and which dimmers work?", Language: "en-US", Protected: []string{"Lutron Caseta PD-6WCL", "Leviton DSL06", "E26"},
		Answer: "The E26 LED bulbs dim from 10 % to 100 % with trailing-edge (ELV) and modern LED dimmers. Tested without buzzing: Lutron Caseta PD-6WCL and Leviton DSL06. Old leading-edge dimmers made for incandescent bulbs may hum.",
	}, {
		Category: "Products", Topic: "Halo desk lamp: size, light and power supply", Language: "en-US", Protected: []string{"Halo", "USB-C"},
		Answer: "The Halo desk lamp is 16.5 in (42 cm) high with the arm straight, gives 450 lumens at 2700 K to 5000 K, and is dimmable in five steps. It runs on USB-C 5 V / 2 A; a cable is included, a wall plug is not.",
	}, {
		Category: "Invoices", Topic: "How do I get an invoice?", Language: "en-US",
		Answer: "We send an invoice as PDF within 1 business day. Please tell us the company name, the address and, if you have one, the tax number that should be on it.",
	}, {
		Category: "Invoices", Topic: "如何取得或更改發票？", Language: "zh-Hant",
		Answer: "請告訴我們公司抬頭、統一編號與地址，我們會在 1 個工作天內重新開立發票，並以 PDF 檔寄出。",
	}, {
		Category: "Returns", Topic: "Wie kann ich einen Artikel zurückgeben?", Language: "de",
		Answer: "Artikel können innerhalb von 30 Tagen nach der Zustellung zurückgegeben werden. Bitte öffnen Sie die Rückgabe auf der Bestellseite; dort erhalten Sie ein bezahltes Etikett. Die Erstattung erfolgt innerhalb von 2 Werktagen nach Eingang der Ware.",
	},
}
