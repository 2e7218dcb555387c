package locate

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxServers bounds the name servers taken from resolv.conf, which itself knows three (resolv.conf(5)).
const maxServers = 3

// ReadServers reads the "nameserver" lines of a resolv.conf(5) file and returns at most three servers as
// "address:53". A line with something other than an address is passed over, as the C library does. Without any,
// the server is the local host's.
func ReadServers(r io.Reader) ([]string, error) {
	var servers []string
	lines := bufio.NewScanner(r)
	// Only these lines count: search and domain are for short names typed by people, options for another resolver.
	for lines.Scan() && len(servers) < maxServers {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 || fields[0] != "nameserver" {
			continue
		}
		if server, err := serverAddress(fields[1], "53"); err == nil {
			servers = append(servers, server)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading name servers: %w", err)
	}
	if len(servers) == 0 {
		servers = []string{"127.0.0.1:53"}
	}
	return servers, nil
}

// readServersFile is ReadServers of a file. A file that does not exist means the local host, as resolv.conf(5)
// says.
func readServersFile(path string) ([]string, error) {
	file, err := os.Open(path)
	if os.IsNotExist(err) {
		return ReadServers(strings.NewReader(""))
	}
	if err != nil {
		return nil, fmt.Errorf("name servers: %w", err)
	}
	defer file.Close()
	return ReadServers(file)
}
