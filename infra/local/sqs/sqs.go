// Package sqs is Amazon SQS on one machine: standard queues with fair delivery
// by message group, visibility time-outs, delays, dead-letter queues and
// redrive, behind the AWS JSON protocol and kept in one bbolt file.
//
// Every reply is given after its effect is on disk, so an acknowledged message
// outlives a killed process and an in-flight one reappears when its visibility
// time ends. FIFO queues, queue policies and tags are not offered: asking for
// one is an error.
//
// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/
package sqs

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/quilldesk/quilldesk/infra/local/awsjson"
)

// account is the owner of every queue, as it shows in addresses and ARNs.
const account = "000000000000"

// Options are what a Server needs to know of its surroundings.
type Options struct {
	// Region is the region of the queues' ARNs.
	Region string
	// Now is the clock that delays, visibility and retention follow. Long
	// polls also end by real time.
	Now func() time.Time
}

// Server holds the queues. It is safe for concurrent use.
type Server struct {
	region string
	now    func() time.Time
	store  *store

	mu     sync.Mutex
	queues map[string]*queue // by name
}

// Open reads the queues kept in the file path, which is made if it is missing.
func Open(path string, o Options) (*Server, error) {
	st, err := openStore(path)
	if err != nil {
		return nil, err
	}
	s := &Server{region: o.Region, now: o.Now, store: st, queues: map[string]*queue{}}
	if err := s.load(); err != nil {
		_ = st.close()
		return nil, fmt.Errorf("loading queues from %s: %w", path, err)
	}
	return s, nil
}

func (s *Server) load() error {
	now := s.now()
	return s.store.load(func(rec queueRecord, messages []*message) {
		q := newQueue(rec)
		for _, m := range messages {
			q.add(m, now)
		}
		s.queues[rec.Name] = q
	})
}

// Close ends the server; calls still running fail.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.close()
}

type hostKey struct{}

// Handler serves the API. Queue URLs carry the host the caller used.
func (s *Server) Handler() http.Handler {
	service := &awsjson.Service{Prefix: "AmazonSQS", Version: "1.0", Operations: map[string]awsjson.Operation{
		"CreateQueue":                  awsjson.Op(s.createQueue),
		"DeleteQueue":                  awsjson.Op(s.deleteQueue),
		"GetQueueUrl":                  awsjson.Op(s.getQueueURL),
		"ListQueues":                   awsjson.Op(s.listQueues),
		"GetQueueAttributes":           awsjson.Op(s.getQueueAttributes),
		"SetQueueAttributes":           awsjson.Op(s.setQueueAttributes),
		"PurgeQueue":                   awsjson.Op(s.purgeQueue),
		"SendMessage":                  awsjson.Op(s.sendMessage),
		"SendMessageBatch":             awsjson.Op(s.sendMessageBatch),
		"ReceiveMessage":               awsjson.Op(s.receiveMessage),
		"DeleteMessage":                awsjson.Op(s.deleteMessage),
		"DeleteMessageBatch":           awsjson.Op(s.deleteMessageBatch),
		"ChangeMessageVisibility":      awsjson.Op(s.changeMessageVisibility),
		"ChangeMessageVisibilityBatch": awsjson.Op(s.changeMessageVisibilityBatch),
		"ListDeadLetterSourceQueues":   awsjson.Op(s.listDeadLetterSourceQueues),
		"StartMessageMoveTask":         awsjson.Op(s.startMessageMoveTask),
		"ListMessageMoveTasks":         awsjson.Op(s.listMessageMoveTasks),
	}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		service.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), hostKey{}, r.Host)))
	})
}

func queueURL(ctx context.Context, name string) string {
	host, _ := ctx.Value(hostKey{}).(string)
	return "http://" + host + "/" + account + "/" + name
}

func (s *Server) arn(name string) string {
	return "arn:aws:sqs:" + s.region + ":" + account + ":" + name
}

// byURL finds the queue of a queue URL; s.mu is held.
func (s *Server) byURL(url string) (*queue, error) {
	if url == "" {
		return nil, missing("QueueUrl")
	}
	return s.byName(url[strings.LastIndexByte(url, '/')+1:])
}

// byARN finds the queue of an ARN; s.mu is held.
func (s *Server) byARN(arn string) (*queue, error) {
	name, ok := strings.CutPrefix(arn, s.arn(""))
	if !ok {
		return nil, noQueue()
	}
	return s.byName(name)
}

func (s *Server) byName(name string) (*queue, error) {
	q := s.queues[name]
	if q == nil {
		return nil, noQueue()
	}
	return q, nil
}
