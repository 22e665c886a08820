package sqs

import "testing"

func FuzzReceipt(f *testing.F) {
	f.Add(receipt{1, 2, 3}.String())
	f.Add("MS8yLzM=")
	f.Add("")
	f.Fuzz(func(t *testing.T, handle string) {
		r, err := parseReceipt(handle)
		if err == nil && r.String() != handle {
			t.Errorf("%q is taken for %q", handle, r.String())
		}
	})
}

func FuzzSettings(f *testing.F) {
	f.Add("DelaySeconds", "900")
	f.Add("RedrivePolicy", `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":"3"}`)
	f.Add("RedriveAllowPolicy", `{"redrivePermission":"byQueue","sourceQueueArns":[]}`)
	f.Fuzz(func(t *testing.T, name, value string) {
		given := settings{name: value}
		if checkSettings(given) != nil {
			return
		}
		if p, ok := given.redrive(); ok && (p.max() < 1 || p.max() > 1000 || p.Target == "") {
			t.Errorf("%s=%s gives %+v", name, value, p)
		}
		if given.seconds("DelaySeconds") < 0 || given.retention() <= 0 {
			t.Errorf("%s=%s gives a negative time", name, value)
		}
	})
}
