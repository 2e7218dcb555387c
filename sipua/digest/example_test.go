package digest_test

import (
	"fmt"
	"time"

	"intercom/sipua/digest"
)

// A registrar asks, the door answers, and the next REGISTER carries its credentials at once.
func Example() {
	server, err := digest.NewServer(digest.ServerConfig{
		Realm: "house.example", Users: []digest.User{{Name: "door", Password: "correct horse"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	client := digest.NewClient(digest.ClientConfig{Username: "door", Password: "correct horse"})
	request := digest.Request{Method: "REGISTER", URI: "sip:house.example"}
	now := time.Now()

	for range 2 {
		var try digest.Attempt
		for {
			var values []string
			for _, field := range client.Authorize(&try, request) {
				values = append(values, field.Value)
			}
			user, err := server.Verify(now, request, values)
			if err == nil {
				fmt.Println("200 for", user)
				break
			}
			challenges, _ := server.Challenges(now, false)
			fmt.Println("401 with", len(challenges), "challenges")
			if err := client.Challenged(&try, 401, challenges); err != nil {
				fmt.Println(err)
				return
			}
		}
	}
	// Output:
	// 401 with 2 challenges
	// 200 for door
	// 200 for door
}

// A password in a struct that is printed does not show.
func ExampleSecret() {
	fmt.Printf("%+v\n", digest.User{Name: "door", Password: "correct horse"})
	// Output:
	// {Name:door Password:[redacted]}
}
