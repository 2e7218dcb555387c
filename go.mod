module intercom

go 1.26

require github.com/pelletier/go-toml/v2 v2.4.3 // indirect
require (
	github.com/miekg/dns v1.1.73
	golang.org/x/net v0.57.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
)
