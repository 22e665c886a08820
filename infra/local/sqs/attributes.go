package sqs

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"
)

// settings are the attributes a queue was given; absent ones have defaults.
type settings map[string]string

// attribute is a queue attribute that can be set.
type attribute struct {
	initial string
	// check says what is wrong with a value, "" if nothing is.
	check func(value string) string
}

// settable are the attributes CreateQueue and SetQueueAttributes take. The
// encryption attributes are kept and returned; on one machine the file's
// permissions guard the messages.
var settable = map[string]attribute{
	"DelaySeconds":                  {"0", between(0, 900)},
	"MaximumMessageSize":            {"1048576", between(1024, maxMessage)},
	"MessageRetentionPeriod":        {"345600", between(60, 1_209_600)},
	"ReceiveMessageWaitTimeSeconds": {"0", between(0, 20)},
	"VisibilityTimeout":             {"30", between(0, maxVisibility)},
	"SqsManagedSseEnabled":          {"true", oneOf("true", "false")},
	"KmsMasterKeyId":                {"", func(string) string { return "" }},
	"KmsDataKeyReusePeriodSeconds":  {"300", between(60, 86_400)},
	"RedrivePolicy":                 {"", checkRedrive},
	"RedriveAllowPolicy":            {"", checkRedriveAllow},
}

func between(low, high int) func(string) string {
	return func(v string) string {
		if n, err := strconv.Atoi(v); err != nil || n < low || n > high {
			return "Must be an integer from " + strconv.Itoa(low) + " to " + strconv.Itoa(high) + "."
		}
		return ""
	}
}

func oneOf(values ...string) func(string) string {
	return func(v string) string {
		if !slices.Contains(values, v) {
			return "Must be one of the allowed values."
		}
		return ""
	}
}

// checkSettings returns what is wrong with the given attributes.
func checkSettings(given map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		a, ok := settable[name]
		if !ok {
			return invalidAttributeName(name)
		}
		if given[name] == "" && a.initial == "" {
			continue // an empty value takes the attribute away
		}
		if reason := a.check(given[name]); reason != "" {
			return invalidAttributeValue(name, reason)
		}
	}
	return nil
}

func (s settings) value(name string) string {
	if v, ok := s[name]; ok {
		return v
	}
	return settable[name].initial
}

// number is the value of a numeric attribute; values are checked when set.
func (s settings) number(name string) int {
	n, _ := strconv.Atoi(s.value(name))
	return n
}

func (s settings) seconds(name string) time.Duration {
	return time.Duration(s.number(name)) * time.Second
}

func (s settings) retention() time.Duration { return s.seconds("MessageRetentionPeriod") }

// redrivePolicy says where messages go that were received too often.
type redrivePolicy struct {
	Target string `json:"deadLetterTargetArn"`
	// MaxReceives is 1 to 1000; AWS takes it as a number or as a string.
	MaxReceives json.Number `json:"maxReceiveCount"`
}

func (p redrivePolicy) max() int {
	n, _ := strconv.Atoi(p.MaxReceives.String())
	return n
}

// redrive is the queue's redrive policy, if it has one.
func (s settings) redrive() (redrivePolicy, bool) {
	var p redrivePolicy
	err := json.Unmarshal([]byte(s["RedrivePolicy"]), &p)
	return p, err == nil
}

func checkRedrive(v string) string {
	p, ok := settings{"RedrivePolicy": v}.redrive()
	switch {
	case !ok:
		return "Redrive policy is not a valid JSON map."
	case p.Target == "":
		return "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."
	case p.max() < 1 || p.max() > 1000:
		return "Redrive policy maxReceiveCount must be from 1 to 1000."
	}
	return ""
}

// redriveAllowPolicy says which queues may use this one as their dead-letter
// queue.
type redriveAllowPolicy struct {
	Permission string   `json:"redrivePermission"`
	Sources    []string `json:"sourceQueueArns"`
}

func checkRedriveAllow(v string) string {
	var p redriveAllowPolicy
	if err := json.Unmarshal([]byte(v), &p); err != nil {
		return "RedriveAllowPolicy is not a valid JSON map."
	}
	if byQueue := p.Permission == "byQueue"; byQueue != (len(p.Sources) > 0) || len(p.Sources) > 10 {
		return "sourceQueueArns goes with redrivePermission byQueue, 1 to 10 of them."
	}
	return oneOf("allowAll", "denyAll", "byQueue")(p.Permission)
}

// takesFrom says whether the queue may be source's dead-letter queue.
func (s settings) takesFrom(source string) bool {
	var p redriveAllowPolicy
	if err := json.Unmarshal([]byte(s["RedriveAllowPolicy"]), &p); err != nil {
		return true // none was set
	}
	return p.Permission == "allowAll" || slices.Contains(p.Sources, source)
}

type getQueueAttributesInput struct {
	QueueURL string   `json:"QueueUrl"`
	Names    []string `json:"AttributeNames"`
}

type getQueueAttributesOutput struct {
	Attributes map[string]string `json:"Attributes,omitempty"`
}

func (s *Server) getQueueAttributes(_ context.Context, in *getQueueAttributesInput) (*getQueueAttributesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.byURL(in.QueueURL)
	if err != nil {
		return nil, err
	}
	if err := s.refresh(q); err != nil {
		return nil, err
	}
	all := s.attributes(q)
	if slices.Contains(in.Names, "All") {
		return &getQueueAttributesOutput{all}, nil
	}
	out := map[string]string{}
	for _, name := range in.Names {
		v, ok := all[name]
		if _, known := settable[name]; !ok && !known {
			return nil, invalidAttributeName(name)
		}
		if ok {
			out[name] = v
		}
	}
	return &getQueueAttributesOutput{out}, nil
}

func (s *Server) attributes(q *queue) map[string]string {
	visible, inFlight, delayed := q.counts()
	out := map[string]string{
		"QueueArn":                              s.arn(q.record.Name),
		"CreatedTimestamp":                      strconv.FormatInt(q.record.Created.Unix(), 10),
		"LastModifiedTimestamp":                 strconv.FormatInt(q.record.Modified.Unix(), 10),
		"ApproximateNumberOfMessages":           strconv.Itoa(visible),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(inFlight),
		"ApproximateNumberOfMessagesDelayed":    strconv.Itoa(delayed),
	}
	for name := range settable {
		if v := q.record.Settings.value(name); v != "" {
			out[name] = v
		}
	}
	if out["KmsMasterKeyId"] == "" {
		delete(out, "KmsDataKeyReusePeriodSeconds")
	}
	return out
}

type setQueueAttributesInput struct {
	QueueURL   string `json:"QueueUrl"`
	Attributes map[string]string
}

func (s *Server) setQueueAttributes(_ context.Context, in *setQueueAttributesInput) (*struct{}, error) {
	if err := checkSettings(in.Attributes); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.byURL(in.QueueURL)
	if err != nil {
		return nil, err
	}
	if err := s.checkTarget(q.record.Name, in.Attributes); err != nil {
		return nil, err
	}
	rec := q.record
	rec.Settings = maps.Clone(rec.Settings)
	if rec.Settings == nil {
		rec.Settings = settings{}
	}
	maps.Copy(rec.Settings, in.Attributes)
	rec.Modified = s.now()
	if err := s.store.update(func(w write) error { return w.putQueue(rec) }); err != nil {
		return nil, err
	}
	q.record = rec
	q.expires = rec.Modified // the retention may have changed: look again
	return &struct{}{}, nil
}

// checkTarget returns an error if the attributes name a dead-letter queue that
// does not exist or does not take messages of the queue called name.
func (s *Server) checkTarget(name string, given map[string]string) error {
	p, ok := settings(given).redrive()
	if !ok {
		return nil
	}
	target, err := s.byARN(p.Target)
	if err != nil {
		return invalidAttributeValue("RedrivePolicy", "Dead letter target does not exist.")
	}
	if target.record.Name == name || !target.record.Settings.takesFrom(s.arn(name)) {
		return invalidAttributeValue("RedrivePolicy", "Dead letter target does not allow this source queue.")
	}
	return nil
}
