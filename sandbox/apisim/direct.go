package apisim

import (
	"fmt"
	"time"

	"phonechatbot/apiclient/wire"
)

// directOperations are DirectChat PINs, DirectCam settings and special offers.
func directOperations() []operation {
	const base, twins = "/v1/DirectCam/", "/v1/Groups/DirectCam/"
	return []operation{
		{name: OpGetAllPINs, method: get, path: "/v1/DirectChat/GetAllPINs", scope: scopePhoneChat, run: getAllPINs},
		{name: OpGetCamSettings, method: get, path: base + "GetSettings", twin: twins + "GetSettings", scope: scopeWebcam, run: onCam(getCamSettings)},
		{name: OpSaveCamSettings, method: post, path: base + "SaveSettings", twin: twins + "SaveSettings", scope: scopeWebcam, run: onCam(saveCamSettings)},
		{name: OpUpdateSpecialOffer, method: put, path: base + "UpdateDirectCamSpecialOffer", twin: twins + "UpdateDirectCamSpecialOffer", scope: scopeWebcam, run: onCam(updateOffer)},
		{name: OpGetSpecialOffers, method: get, path: base + "GetDirectCamSpecialOffers", scope: scopeWebcam, run: guessed(getOffers)},
		{name: OpAddSpecialOffer, method: post, path: base + "AddDirectCamSpecialOffer", scope: scopeWebcam, run: guessed(onCam(addOffer))},
		{name: OpDeleteSpecialOffer, method: post, path: base + "DeleteDirectCamSpecialOffer", scope: scopeWebcam, run: guessed(onCam(deleteOffer))},
	}
}

// pinReply is wire.PIN with its null written out.
type pinReply struct {
	User          wire.PINUser
	PIN           string
	CreatedDate   string
	NumberOfCalls int
	LastCallDate  *string
	InProgress    bool
}

// getAllPINs answers the PINs of a client: one for each performer who offers DirectChat now, the first
// of them used. Members who offer phone chat themselves have none.
func getAllPINs(p *Platform, c call) (any, error) {
	const day = 24 * time.Hour
	pins := []pinReply{}
	since := p.of(c.by).since.Truncate(time.Millisecond)
	for _, id := range p.order {
		performer := p.members[id]
		if c.by.OffersPhoneChat || !performer.OffersPhoneChat || p.of(performer).direct == nil {
			continue
		}
		pin := pinReply{
			User: wire.PINUser{ID: id, Username: performer.Nickname}, PIN: pinOf(c.by.ID, id),
			CreatedDate: p.local(since.Add(-50 * day)),
		}
		if len(pins) == 0 {
			pin.NumberOfCalls, pin.LastCallDate = 2, p.localOrNull(since.Add(-10*day))
		}
		pins = append(pins, pin)
	}
	return pins, nil
}

// pinOf is the five digits that a client keys in for a performer.
func pinOf(client, performer int64) string {
	const odd, codes = 7919, 100_000
	return fmt.Sprintf("%05d", (client%codes*odd+performer%codes)%codes)
}
