package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"sync"
)

// execute runs a program with input and answers what it prints. A program that is missing, fails or says nothing useful
// must stop the whole measurement: a figure that silently left out an anchor would prove nothing.
func execute(ctx context.Context, input []byte, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin = bytes.NewReader(input)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("%s is missing: run audio/measure/packages.sh", program)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w: %s", program, args, err, bytes.TrimSpace(complaint.Bytes()))
	}
	return out.Bytes(), nil
}

// inParallel does job 0 to n-1, as many at a time as there are processors, and answers the first error.
func inParallel(n int, job func(i int) error) error {
	var group sync.WaitGroup
	next, failed := make(chan int), make(chan error, n)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := range next {
				failed <- job(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
	close(failed)
	var all []error
	for err := range failed {
		all = append(all, err)
	}
	return errors.Join(all...)
}
