module intercom

go 1.26.0

require (
	github.com/miekg/dns v1.1.73
	github.com/pelletier/go-toml/v2 v2.4.3
	github.com/thesyncim/gopus v0.1.1
	golang.org/x/sys v0.49.0
)

require golang.org/x/net v0.57.0 // indirect
