package conversations

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/when"
	"phonechatbot/internal/wording"
)

// place is a zone as people know it.
type place struct {
	region string
	zone   string // IANA name
	name   string // what its time is called
	also   string // what else it is found by, with commas between
}

const (
	mostNear = 10 // offered for one line
	// inexact is how many minutes a clock may be wrong: zones differ by quarters of an hour.
	inexact = 7
)

var (
	msgRegionEurope   = msg("zone.europe", "Europe")
	msgRegionAmericas = msg("zone.americas", "Americas")
	msgRegionAfrica   = msg("zone.africa", "Africa")
	msgRegionAsia     = msg("zone.asia", "Asia")
	msgRegionPacific  = msg("zone.pacific", "Australia, Pacific")
)

type region struct {
	id    string
	label wording.Message
}

func regions() []region {
	return []region{
		{"europe", msgRegionEurope},
		{"americas", msgRegionAmericas},
		{"africa", msgRegionAfrica},
		{"asia", msgRegionAsia},
		{"pacific", msgRegionPacific},
	}
}

// places are the zones that are offered, the likelier first. Any other can be typed by its IANA name.
func places() []place {
	const europe, americas, africa, asia, pacific = "europe", "americas", "africa", "asia", "pacific"
	return []place{
		{europe, platformHome, "London", "UK, United Kingdom, Britain, England, Scotland, Wales, Edinburgh, Glasgow, Cardiff, Belfast, Manchester, Birmingham, Liverpool, Leeds, Bristol"},
		{europe, "Europe/Dublin", "Dublin", "Ireland, Cork, Galway"},
		{europe, "Europe/Lisbon", "Lisbon", "Portugal, Porto, Faro, Madeira"},
		{europe, "Atlantic/Canary", "Canary Islands", "Tenerife, Gran Canaria, Las Palmas, Lanzarote, Spain"},
		{europe, "Europe/Madrid", "Madrid", "Spain, Barcelona, Valencia, Malaga, Seville, Alicante, Mallorca, Majorca, Ibiza"},
		{europe, "Europe/Paris", "Paris", "France, Lyon, Marseille, Nice, Toulouse"},
		{europe, "Europe/Berlin", "Berlin", "Germany, Hamburg, Munich, Frankfurt, Cologne"},
		{europe, "Europe/Amsterdam", "Amsterdam", "Netherlands, Holland, Rotterdam, The Hague"},
		{europe, "Europe/Brussels", "Brussels", "Belgium, Antwerp"},
		{europe, "Europe/Zurich", "Zurich", "Switzerland, Geneva, Basel"},
		{europe, "Europe/Rome", "Rome", "Italy, Milan, Naples, Turin"},
		{europe, "Europe/Malta", "Malta", "Valletta"},
		{europe, "Europe/Vienna", "Vienna", "Austria"},
		{europe, "Europe/Prague", "Prague", "Czechia, Czech Republic"},
		{europe, "Europe/Warsaw", "Warsaw", "Poland, Krakow, Gdansk"},
		{europe, "Europe/Budapest", "Budapest", "Hungary"},
		{europe, "Europe/Copenhagen", "Copenhagen", "Denmark"},
		{europe, "Europe/Oslo", "Oslo", "Norway"},
		{europe, "Europe/Stockholm", "Stockholm", "Sweden, Gothenburg"},
		{europe, "Europe/Athens", "Athens", "Greece, Crete, Rhodes"},
		{europe, "Asia/Nicosia", "Cyprus", "Nicosia, Limassol, Paphos"},
		{europe, "Europe/Bucharest", "Bucharest", "Romania"},
		{europe, "Europe/Sofia", "Sofia", "Bulgaria"},
		{europe, "Europe/Helsinki", "Helsinki", "Finland"},
		{europe, "Europe/Kiev", "Kyiv", "Kiev, Ukraine"},
		{europe, "Europe/Istanbul", "Istanbul", "Turkey, Ankara, Antalya"},
		{europe, "Europe/Moscow", "Moscow", "Russia, Saint Petersburg"},
		{europe, "Atlantic/Reykjavik", "Reykjavik", "Iceland"},

		{americas, "America/New_York", "New York", "NYC, USA, United States, America, Boston, Washington, Philadelphia, Miami, Atlanta, Detroit, Florida"},
		{americas, "America/Chicago", "Chicago", "USA, United States, America, Houston, Dallas, Austin, New Orleans, Minneapolis, Texas"},
		{americas, "America/Denver", "Denver", "USA, United States, America, Salt Lake City, Colorado"},
		{americas, "America/Phoenix", "Phoenix", "USA, United States, America, Arizona"},
		{americas, "America/Los_Angeles", "Los Angeles", "LA, USA, United States, America, San Francisco, San Diego, Seattle, Portland, Las Vegas, California"},
		{americas, "America/Anchorage", "Anchorage", "USA, United States, America, Alaska"},
		{americas, "America/Toronto", "Toronto", "Canada, Montreal, Ottawa"},
		{americas, "America/Vancouver", "Vancouver", "Canada, Victoria"},
		{americas, "America/Edmonton", "Edmonton", "Canada, Calgary"},
		{americas, "America/Winnipeg", "Winnipeg", "Canada"},
		{americas, "America/Halifax", "Halifax", "Canada, Nova Scotia"},
		{americas, "America/St_Johns", "St John's", "Canada, Newfoundland"},
		{americas, "America/Mexico_City", "Mexico City", "Mexico, Guadalajara"},
		{americas, "America/Jamaica", "Jamaica", "Kingston"},
		{americas, "America/Bogota", "Bogota", "Colombia, Medellin"},
		{americas, "America/Lima", "Lima", "Peru"},
		{americas, "America/Santiago", "Santiago", "Chile"},
		{americas, "America/Sao_Paulo", "Sao Paulo", "Brazil, Rio de Janeiro, Brasilia"},
		{americas, "America/Argentina/Buenos_Aires", "Buenos Aires", "Argentina"},

		{africa, "Africa/Lagos", "Lagos", "Nigeria, Abuja"},
		{africa, "Africa/Accra", "Accra", "Ghana"},
		{africa, "Africa/Casablanca", "Casablanca", "Morocco, Marrakesh, Rabat"},
		{africa, "Africa/Tunis", "Tunis", "Tunisia"},
		{africa, "Africa/Cairo", "Cairo", "Egypt, Alexandria"},
		{africa, "Africa/Nairobi", "Nairobi", "Kenya"},
		{africa, "Africa/Johannesburg", "Johannesburg", "South Africa, Cape Town, Durban, Pretoria"},

		{asia, "Asia/Kolkata", "India", "Kolkata, Calcutta, Mumbai, Bombay, Delhi, New Delhi, Bangalore, Bengaluru, Chennai, Madras, Hyderabad, Goa"},
		{asia, "Asia/Dubai", "Dubai", "Emirates, UAE, Abu Dhabi"},
		{asia, "Asia/Karachi", "Karachi", "Pakistan, Lahore, Islamabad"},
		{asia, "Asia/Dhaka", "Dhaka", "Bangladesh"},
		{asia, "Asia/Colombo", "Colombo", "Sri Lanka"},
		{asia, "Asia/Kathmandu", "Kathmandu", "Nepal"},
		{asia, "Asia/Jerusalem", "Jerusalem", "Israel, Tel Aviv"},
		{asia, "Asia/Riyadh", "Riyadh", "Saudi Arabia, Jeddah"},
		{asia, "Asia/Tehran", "Tehran", "Iran"},
		{asia, "Asia/Bangkok", "Bangkok", "Thailand, Phuket, Pattaya"},
		{asia, "Asia/Ho_Chi_Minh", "Ho Chi Minh City", "Vietnam, Saigon"},
		{asia, "Asia/Jakarta", "Jakarta", "Indonesia"},
		{asia, "Asia/Singapore", "Singapore", ""},
		{asia, "Asia/Kuala_Lumpur", "Kuala Lumpur", "Malaysia"},
		{asia, "Asia/Manila", "Manila", "Philippines, Cebu"},
		{asia, "Asia/Hong_Kong", "Hong Kong", ""},
		{asia, "Asia/Shanghai", "China", "Shanghai, Beijing, Shenzhen"},
		{asia, "Asia/Tokyo", "Tokyo", "Japan, Osaka"},
		{asia, "Asia/Seoul", "Seoul", "Korea, South Korea"},

		{pacific, "Australia/Sydney", "Sydney", "Australia, Canberra"},
		{pacific, "Australia/Melbourne", "Melbourne", "Australia, Victoria"},
		{pacific, "Australia/Brisbane", "Brisbane", "Australia, Queensland, Gold Coast"},
		{pacific, "Australia/Adelaide", "Adelaide", "Australia"},
		{pacific, "Australia/Darwin", "Darwin", "Australia"},
		{pacific, "Australia/Perth", "Perth", "Australia"},
		{pacific, "Pacific/Auckland", "Auckland", "New Zealand, Wellington, Christchurch"},
		{pacific, "Pacific/Fiji", "Fiji", "Suva"},
		{pacific, "Pacific/Honolulu", "Honolulu", "USA, United States, America, Hawaii"},
	}
}

// placeName is what the time of a zone is called: by its IANA name, where it is none of the places.
func placeName(zone string) string {
	for _, pl := range places() {
		if pl.zone == zone {
			return pl.name
		}
	}
	return strings.ReplaceAll(zone[strings.LastIndexByte(zone, '/')+1:], "_", " ")
}

// key is the place as an answer, with the time there.
func (pl place) key(now time.Time) flow.Option {
	at := ""
	if zone, ok := loadZone(pl.zone); ok {
		at = now.In(zone).Format("15:04")
	}
	return flow.Option{Label: msgZoneKey.With(wording.Args{"place": pl.name, "time": at}), Value: pl.zone}
}

// ianaName leaves out the zones with a number, whose signs mean the contrary of what they say.
var ianaName = regexp.MustCompile(`^[A-Z][A-Za-z]+(/[A-Z][A-Za-z_-]+){1,2}$`)

// zoneByName reads the exact name of a zone: any, and the platform's own.
func zoneByName(text string, site clock) (string, bool) {
	text = strings.TrimSpace(text)
	if text == site.zone.String() {
		return text, true
	}
	_, known := loadZone(text)
	return text, known && ianaName.MatchString(text)
}

// placesCalled are the places of a name; without any, those whose names, or words of them, begin with it.
func placesCalled(text string) []place {
	want := folded(text)
	var exact, near []place
	for _, pl := range places() {
		names := append([]string{pl.name}, strings.Split(pl.also, ", ")...)
		is := func(test func(name string) bool) bool {
			return slices.ContainsFunc(names, func(name string) bool { return test(folded(name)) })
		}
		switch {
		case want == "":
		case is(func(name string) bool { return name == want }):
			exact = append(exact, pl)
		case len(want) > 2 && is(func(name string) bool { return strings.Contains(" "+name, " "+want) }):
			near = append(near, pl)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return near
}

// folded is a name as it is compared: without case, accents, signs, or the word "time".
func folded(name string) string {
	name = strings.NewReplacer("á", "a", "à", "a", "ã", "a", "ä", "a", "ç", "c", "é", "e", "è", "e", "í", "i", "ñ", "n",
		"ó", "o", "ö", "o", "ô", "o", "ú", "u", "ü", "u", "'", "", "’", "", ".", "", "-", " ", ",", " ").Replace(strings.ToLower(name))
	name = strings.TrimPrefix(strings.Join(strings.Fields(name), " "), "the ")
	return strings.TrimSuffix(name, " time")
}

// timesOfDay are the minutes of the day that a text can mean, if it is a time of day and no more than that.
func timesOfDay(text string) (minutes []int) {
	r, err := when.Parse(text, time.Unix(0, 0), time.UTC)
	if err != nil || !r.TimeOnly {
		return nil
	}
	for _, t := range append([]time.Time{r.Time}, r.Others...) {
		minutes = append(minutes, t.Hour()*60+t.Minute())
	}
	return minutes
}

// placesAt are the places whose clocks show one of some times now, or nearly: first one of each kind, as clocks that
// agree now can differ in other months.
func placesAt(minutes []int, now time.Time) []place {
	var kinds, alike []place
	seen := map[[12]int]bool{}
	for _, pl := range places() {
		zone, ok := loadZone(pl.zone)
		if !ok {
			continue
		}
		local := now.In(zone)
		shows := func(minute int) bool {
			apart := (local.Hour()*60 + local.Minute() - minute + 24*60) % (24 * 60)
			return min(apart, 24*60-apart) <= inexact
		}
		if !slices.ContainsFunc(minutes, shows) {
			continue
		}
		var year [12]int
		for month := range year {
			_, year[month] = now.AddDate(0, month, 0).In(zone).Zone()
		}
		if seen[year] {
			alike = append(alike, pl)
			continue
		}
		seen[year] = true
		kinds = append(kinds, pl)
	}
	return append(kinds, alike...)
}
