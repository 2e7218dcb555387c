// Package siptest holds the other side of tests with a sipua.Agent: scripted registrars, proxies and phones in a network
// in memory, driven by verbs that read like a trace, each with its expectation in prose first.
//
//	synctest.Test(t, func(t *testing.T) {
//		w := siptest.New(t)
//		proxy := w.Peer("192.0.2.10")
//		door := w.Door(sipua.Config{Accounts: []sipua.Account{{AOR: "sip:door@192.0.2.10"}}})
//		m := proxy.Want("the door registers at once", "REGISTER")
//		proxy.Reply(m, 200, "Expires: 600", "Contact: "+m.Header.Get("Contact"))
//		siptest.Event[sipua.Registered](door, "the binding stands")
//		proxy.WantIdle("nothing until the refresh", 9*time.Minute-time.Second)
//	})
//
// # Ownership
//
// A World and what it made belong to the test's goroutine. Each Peer has a goroutine for each of its sockets, which
// only queues what arrives. Everything ends with the test.
//
// # Limitations
//
//   - It must run inside a testing/synctest bubble: waiting is measured in its time.
//   - Peers repeat nothing and check nothing by themselves: a script says what happens.
//   - Peers speak UDP and TCP, not TLS.
package siptest
