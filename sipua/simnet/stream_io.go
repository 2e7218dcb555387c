package simnet

import (
	"io"
	"net"
	"os"
)

// Read returns bytes that arrived, waiting for the first.
func (c *Conn) Read(p []byte) (int, error) {
	for {
		if err := c.state("read", c.read); err != nil {
			return 0, err
		}
		n, ready, err := c.in.take(p)
		if ready {
			return n, c.wrapEnd("read", err)
		}
		select {
		case <-c.in.readable:
		case <-c.read.wait():
		case <-c.done:
		}
	}
}

// Write sends all of p, waiting while more than the window is on its way or unread.
func (c *Conn) Write(p []byte) (int, error) {
	select {
	case <-c.writing:
		defer func() { c.writing <- struct{}{} }()
	case <-c.write.wait():
		return 0, c.failure("write", os.ErrDeadlineExceeded)
	case <-c.done:
		return 0, c.failure("write", net.ErrClosed)
	}
	return c.writeAll(p)
}

// writeAll puts p on its way as the window allows. total counts what was taken, as net.Conn demands of a Write that
// fails half way.
func (c *Conn) writeAll(p []byte) (total int, err error) {
	for {
		if err := c.state("write", c.write); err != nil {
			return total, err
		}
		n, err := c.out.reserve(len(p) - total)
		if err != nil {
			return total, c.failure("write", err)
		}
		if n > 0 {
			c.out.send(p[total : total+n])
			total += n
		}
		if total == len(p) {
			return total, nil
		}
		if n > 0 {
			continue
		}
		select {
		case <-c.out.writable:
		case <-c.write.wait():
		case <-c.done:
		}
	}
}

// wrapEnd leaves io.EOF as it is: readers compare it.
func (c *Conn) wrapEnd(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return c.failure(op, err)
}
