package apisim

import (
	"net/http"
	"slices"

	"phonechatbot/apiclient/wire"
)

// seedCam is private chat at twice the member's price for phone chat, or at 2 without one.
func seedCam(m Member) wire.CamSettings {
	private := wire.Number("2")
	if m.PPM != "" {
		ppm := mustAmount("price", m.PPM)
		private = wire.Number(ppm.Add(ppm).String())
	}
	return wire.CamSettings{
		DoesFree: new(true), AllowGuestFreePreview: new(false), FreeTimeMins: new(5), FreeTimePeriod: new(60),
		DoesGroup: new(false), DoesPrivate: new(true), PrivatePPM: &private, ChatOnly: new(false),
		DoesAudioPrivate: new(true), DoesAudioGroup: new(false), DoesAudioFree: new(false), WebcamCategoryID: new(int64(1)),
	}
}

// onCam keeps an operation for members who offer webcam: a flag of the services that the contract
// says DirectCam methods need.
func onCam(run func(*Platform, call) (any, error)) func(*Platform, call) (any, error) {
	return func(p *Platform, c call) (any, error) {
		if !*p.of(c.by).services.IsWebcam {
			return nil, refusal(http.StatusBadRequest, "Webcam is not among the services of this member.")
		}
		return run(p, c)
	}
}

func getCamSettings(p *Platform, c call) (any, error) { return p.of(c.by).cam, nil }

// saveCamSettings replaces everything, and keeps what the contract does not know.
func saveCamSettings(p *Platform, c call) (any, error) {
	var in wire.CamSettings
	fields, err := readBody(c.body, &in, "DoesFree", "AllowGuestFreePreview", "FreeTimeMins", "FreeTimePeriod", "ChatOnly",
		"DoesAudioPrivate", "DoesAudioGroup", "DoesAudioFree", "WebcamCategoryID")
	if err != nil {
		return nil, err
	}
	var ps problems
	if !slices.Contains([]int{0, 5, 10, 15, 20, 30, 45}, *in.FreeTimeMins) {
		ps.add("FreeTimeMins", "This number of minutes is not on offer.")
	}
	if !isPeriod(*in.FreeTimePeriod) {
		ps.add("FreeTimePeriod", "This number of minutes is not on offer.")
	}
	fields.amount(&ps, "GroupPPM")
	fields.amount(&ps, "PrivatePPM")
	if err := ps.err(); err != nil {
		return nil, err
	}
	in.UserID = 0
	p.of(c.by).cam = in
	return in, nil
}

// isPeriod knows the listed windows: none, a quarter, half an hour, and whole hours of one day.
func isPeriod(minutes int) bool {
	const hour, day = 60, 1440
	return minutes == 0 || minutes == 15 || minutes == 30 || minutes%hour == 0 && minutes >= hour && minutes <= day
}
