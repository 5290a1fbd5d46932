package apiclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/secret"
)

// A performer looks at what came in, and looks again.
func Example() {
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"PageCount":1,"PageNumber":1,"BookingsTotal":1,"BookingsPerPage":100,"Bookings":[
			{"BookingID":48213,"Duration":20,"Credits":24.5,"Status":"Pending",
			"SessionDate":"2027-03-04T19:45:00","AcceptBy":"2027-03-04T12:00:00","Client":{"UserID":660031}}]}`)
	}))
	defer platform.Close()
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := apiclient.New(apiclient.Config{BaseURL: platform.URL, Location: london})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	me := apiclient.With(secret.New("access-token"))
	var known []apiclient.Digest
	for range 2 {
		reading, err := client.ReadBookings(context.Background(), me, apiclient.Received, apiclient.ListQuery{}, known)
		if errors.Is(err, apiclient.ErrUnauthorized) {
			fmt.Println("log in again")
			return
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("unchanged:", reading.Unchanged)
		for _, b := range reading.Bookings {
			fmt.Println(b.ID, b.Status, b.Credits, b.Session)
		}
		known = reading.Digests
	}
	// Output:
	// unchanged: false
	// 48213 Pending 24.50 2027-03-04 19:45:00 +0000 GMT
	// unchanged: true
}
