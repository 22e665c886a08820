package main

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// proxy stands between a client and a server: it counts what goes through and
// lets it take as long as a far server would.
type proxy struct {
	listener net.Listener
	to       string
	delay    atomic.Int64 // each way, a time.Duration
	bytes    atomic.Int64 // both ways, as they are on the wire above TCP
}

// openProxy listens on a free port until it is closed; at first nothing takes time.
func openProxy(ctx context.Context, to string) (*proxy, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, to: to}
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(near)
		}
	}()
	return p, nil
}

func (p *proxy) port() int { return p.listener.Addr().(*net.TCPAddr).Port }

func (p *proxy) close() { _ = p.listener.Close() }

// serve joins two connections. The pause before anything goes is TCP's own
// handshake, which the loopback interface does in no time.
func (p *proxy) serve(near net.Conn) {
	far, err := net.Dial("tcp", p.to)
	if err != nil {
		_ = near.Close()
		return
	}
	time.Sleep(2 * time.Duration(p.delay.Load()))
	go p.pass(far, near)
	p.pass(near, far)
}

// parcel is what was read at once, and when it arrives.
type parcel struct {
	data []byte
	at   time.Time
}

func (p *proxy) pass(to, from net.Conn) {
	way := make(chan parcel, 1024)
	go func() {
		defer close(way)
		for {
			data := make([]byte, 32<<10)
			n, err := from.Read(data)
			if n > 0 {
				p.bytes.Add(int64(n))
				way <- parcel{data[:n], time.Now().Add(time.Duration(p.delay.Load()))}
			}
			if err != nil {
				return
			}
		}
	}()
	for one := range way {
		time.Sleep(time.Until(one.at))
		if _, err := to.Write(one.data); err != nil {
			break
		}
	}
	_ = to.Close()
	_, _ = io.Copy(io.Discard, from)
}
