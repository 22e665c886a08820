package sqs

import (
	"context"
	"encoding/base64"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

var queueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

type createQueueInput struct {
	Name       string `json:"QueueName"`
	Attributes map[string]string
}

type queueURLOutput struct {
	QueueURL string `json:"QueueUrl"`
}

func (s *Server) createQueue(ctx context.Context, in *createQueueInput) (*queueURLOutput, error) {
	if strings.HasSuffix(in.Name, ".fifo") {
		return nil, unsupported("FIFO queues are not offered.")
	}
	if !queueName.MatchString(in.Name) {
		return nil, invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.")
	}
	if err := checkSettings(in.Attributes); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.checkTarget(in.Name, in.Attributes); err != nil {
		return nil, err
	}
	if q := s.queues[in.Name]; q != nil {
		return s.sameQueue(ctx, q, in.Attributes)
	}
	rec := queueRecord{Name: in.Name, Settings: in.Attributes, Created: s.now(), Modified: s.now()}
	if err := s.store.update(func(w write) error { return w.createQueue(&rec) }); err != nil {
		return nil, err
	}
	s.queues[in.Name] = newQueue(rec)
	return &queueURLOutput{queueURL(ctx, in.Name)}, nil
}

// sameQueue answers CreateQueue for a queue that exists: fine as long as every
// attribute given has the value the queue has.
func (s *Server) sameQueue(ctx context.Context, q *queue, given map[string]string) (*queueURLOutput, error) {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if q.record.Settings.value(name) != given[name] {
			return nil, withQuery("com.amazonaws.sqs#QueueNameExists", "QueueAlreadyExists",
				"A queue already exists with the same name and a different value for attribute %s", name)
		}
	}
	return &queueURLOutput{queueURL(ctx, q.record.Name)}, nil
}

type queueInput struct {
	QueueURL string `json:"QueueUrl"`
}

func (s *Server) deleteQueue(_ context.Context, in *queueInput) (*struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.byURL(in.QueueURL)
	if err != nil {
		return nil, err
	}
	if err := s.store.update(func(w write) error { return w.deleteQueue(q.record) }); err != nil {
		return nil, err
	}
	delete(s.queues, q.record.Name)
	close(q.changed) // long polls look again and find no queue
	return &struct{}{}, nil
}

func (s *Server) purgeQueue(_ context.Context, in *queueInput) (*struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.byURL(in.QueueURL)
	if err != nil {
		return nil, err
	}
	now := s.now()
	if now.Sub(q.record.Purged) < time.Minute {
		return nil, purgeInProgress(q.record.Name)
	}
	rec := q.record
	rec.Purged = now
	if err := s.store.update(func(w write) error { return w.purge(rec) }); err != nil {
		return nil, err
	}
	empty := newQueue(rec)
	empty.changed = q.changed // long polls go on waiting
	*q = *empty
	return &struct{}{}, nil
}

type getQueueURLInput struct {
	Name  string `json:"QueueName"`
	Owner string `json:"QueueOwnerAWSAccountId"`
}

func (s *Server) getQueueURL(ctx context.Context, in *getQueueURLInput) (*queueURLOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.byName(in.Name); err != nil {
		return nil, err
	}
	if in.Owner != "" && in.Owner != account {
		return nil, noQueue()
	}
	return &queueURLOutput{queueURL(ctx, in.Name)}, nil
}

// page is the paging of the two lists: up to MaxResults names after NextToken.
type page struct {
	MaxResults *int
	NextToken  string
}

// cut returns the page of names, which are sorted, and the token of the next.
// Without MaxResults up to 1000 names come and no token, as AWS does.
func (p page) cut(names []string) (part []string, token string, err error) {
	size := 1000
	if p.MaxResults != nil {
		size = *p.MaxResults
	}
	if size < 1 || size > 1000 {
		return nil, "", invalid("MaxResults must be from 1 to 1000.")
	}
	last, err := base64.RawURLEncoding.DecodeString(p.NextToken)
	if err != nil {
		return nil, "", invalid("NextToken is not valid.")
	}
	at, found := slices.BinarySearch(names, string(last))
	if found {
		at++
	}
	names = names[at:]
	if len(names) <= size {
		return names, "", nil
	}
	if p.MaxResults != nil {
		token = base64.RawURLEncoding.EncodeToString([]byte(names[size-1]))
	}
	return names[:size], token, nil
}

type listQueuesInput struct {
	Prefix string `json:"QueueNamePrefix"`
	page
}

type listQueuesOutput struct {
	QueueURLs []string `json:"QueueUrls,omitempty"`
	NextToken string   `json:",omitempty"`
}

func (s *Server) listQueues(ctx context.Context, in *listQueuesInput) (*listQueuesOutput, error) {
	urls, token, err := s.list(ctx, in.page, func(q *queue) bool { return strings.HasPrefix(q.record.Name, in.Prefix) })
	if err != nil {
		return nil, err
	}
	return &listQueuesOutput{urls, token}, nil
}

type listSourcesInput struct {
	QueueURL string `json:"QueueUrl"`
	page
}

type listSourcesOutput struct {
	// The lower-case name is the service's own.
	QueueURLs []string `json:"queueUrls"`
	NextToken string   `json:",omitempty"`
}

func (s *Server) listDeadLetterSourceQueues(ctx context.Context, in *listSourcesInput) (*listSourcesOutput, error) {
	s.mu.Lock()
	target, err := s.byURL(in.QueueURL)
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	arn := s.arn(target.record.Name)
	urls, token, err := s.list(ctx, in.page, func(q *queue) bool {
		p, ok := q.record.Settings.redrive()
		return ok && p.Target == arn
	})
	if err != nil {
		return nil, err
	}
	return &listSourcesOutput{urls, token}, nil
}

func (s *Server) list(ctx context.Context, p page, wanted func(*queue) bool) (urls []string, token string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name, q := range s.queues {
		if wanted(q) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names, token, err = p.cut(names)
	urls = []string{}
	for _, name := range names {
		urls = append(urls, queueURL(ctx, name))
	}
	return urls, token, err
}
