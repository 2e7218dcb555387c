package digest

import (
	"crypto/md5"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"testing"
)

// vectors are whole credentials with their password, as the RFCs print them.
var vectors = []struct {
	name     string
	user     string
	password Secret
	method   string
	body     string
	c        Credentials
}{
	{
		name: "RFC 2617 section 3.5", user: "Mufasa", password: "Circle Of Life", method: "GET",
		c: Credentials{
			Username: "Mufasa", Realm: "testrealm@host.com", Nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
			URI: "/dir/index.html", QOP: Auth, Count: 1, CNonce: "0a4f113b", Opaque: "5ccc069c403ebaf9f0171e9517f40e41",
			Response: "6629fae49393a05397450978507c4ef1",
		},
	},
	{
		name: "RFC 2617 section 3.2.2.1, the example of 3.5 without qop", user: "Mufasa", password: "Circle Of Life", method: "GET",
		c: Credentials{
			Username: "Mufasa", Realm: "testrealm@host.com", Nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
			URI: "/dir/index.html", Response: "670fd8c2df070c60b045671b8b24ff02",
		},
	},
	{
		name: "RFC 7616 section 3.9.1 MD5", user: "Mufasa", password: "Circle of Life", method: "GET",
		c: Credentials{
			Username: "Mufasa", Realm: "http-auth@example.org", Nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
			URI: "/dir/index.html", Algorithm: MD5, QOP: Auth, Count: 1,
			CNonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", Opaque: "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
			Response: "8ca523f5e9506fed4657c9700eebdbec",
		},
	},
	{
		name: "RFC 7616 section 3.9.1 SHA-256", user: "Mufasa", password: "Circle of Life", method: "GET",
		c: Credentials{
			Username: "Mufasa", Realm: "http-auth@example.org", Nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
			URI: "/dir/index.html", Algorithm: SHA256, QOP: Auth, Count: 1,
			CNonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", Opaque: "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
			Response: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
		},
	},
	{
		// The RFC prints ae66e67d..., which is of a truncated SHA-512 and not of SHA-512/256 (erratum 4897).
		name: "RFC 7616 section 3.9.2 SHA-512-256, corrected", user: "Jäsøn Doe", password: "Secret, or not?", method: "GET",
		c: Credentials{
			Username: "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b", UserHash: true,
			Realm: "api@example.org", Nonce: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", URI: "/doe.json",
			Algorithm: SHA512256, QOP: Auth, Count: 1, CNonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
			Opaque:   "HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS",
			Response: "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5",
		},
	},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			if got := v.c.compute(v.user, v.password, v.method, []byte(v.body)); got != v.c.Response {
				t.Errorf("response %s, want %s", got, v.c.Response)
			}
			if got := v.c.compute(v.user, v.password+"x", v.method, nil); got == v.c.Response {
				t.Error("another password gives the same response")
			}
			got, err := ParseCredentials(v.c.String())
			if err != nil || got != v.c {
				t.Errorf("round trip of %s\ngave %+v, %v", v.c, got, err)
			}
		})
	}
}

// TestUserHashVector is RFC 7616 section 3.9.2, whose printed 48886947... is of a truncated SHA-512 as well.
func TestUserHashVector(t *testing.T) {
	const want = "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
	if got := SHA512256.sum("Jäsøn Doe", "api@example.org"); got != want {
		t.Errorf("userhash %s, want %s", got, want)
	}
	long := sha512.Sum512([]byte("Jäsøn Doe:api@example.org"))
	if hex.EncodeToString(long[:32]) == want {
		t.Error("SHA-512/256 equals the first half of SHA-512; it must not (FIPS 180-4 section 5.3.6)")
	}
}

// TestSessionFormula spells out RFC 7616 section 3.4.2 for MD5-sess, for which no RFC prints a vector.
func TestSessionFormula(t *testing.T) {
	h := func(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }
	c := Credentials{
		Username: "door", Realm: "house.example", Nonce: "n1", URI: "sip:house.example", Algorithm: MD5Sess, QOP: Auth,
		CNonce: "c1", Count: 0x1f,
	}
	a1 := h(h("door:house.example:1234") + ":n1:c1")
	want := h(a1 + ":n1:0000001f:c1:auth:" + h("REGISTER:sip:house.example"))
	if got := c.compute("door", "1234", "REGISTER", nil); got != want {
		t.Errorf("MD5-sess response %s, want %s", got, want)
	}
}

// TestEmptyBody is RFC 8760 section 2.6 item 7: the entity of an absent body is the empty string.
func TestEmptyBody(t *testing.T) {
	h := func(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }
	c := Credentials{Realm: "r", Nonce: "n", URI: "sip:r", QOP: AuthInt, CNonce: "c", Count: 1}
	want := h(h("u:r:p") + ":n:00000001:c:auth-int:" + h("REGISTER:sip:r:d41d8cd98f00b204e9800998ecf8427e"))
	if got := c.compute("u", "p", "REGISTER", nil); got != want {
		t.Errorf("auth-int response %s, want %s", got, want)
	}
	if c.compute("u", "p", "REGISTER", []byte("v=0")) == want {
		t.Error("auth-int does not protect the body")
	}
}

func TestAlgorithmNames(t *testing.T) {
	for a := Unnamed; a <= SHA512256Sess; a++ {
		if got, ok := parseAlgorithm(a.String()); !ok || got != a {
			t.Errorf("%v read as %v, %v", a, got, ok)
		}
	}
	if _, ok := parseAlgorithm("SHA-1"); ok {
		t.Error("SHA-1 is known")
	}
	if got := Algorithm(99).String(); got != "unknown" {
		t.Errorf("Algorithm(99) is %q", got)
	}
}
