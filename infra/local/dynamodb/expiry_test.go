package dynamodb_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/infra/local/dynamodb"
)

func TestExpiredItemsGo(t *testing.T) {
	start := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	var now atomic.Int64
	now.Store(start.Unix())
	e := endpoint{newClient(t, newServer(t, dynamodb.Options{
		Now: func() time.Time { return time.Unix(now.Load(), 0) }, NoSync: true,
	})), true}
	e.createTables(t)
	at := func(d time.Duration) int64 { return start.Add(d).Unix() }
	row := func(sk, exp string) string {
		return `"exp":` + exp + `,"g1":{"S":"g"},"pk":{"S":"p"},"sk":{"S":"` + sk + `"}`
	}
	number := func(unix int64) string { return fmt.Sprintf(`{"N":"%d"}`, unix) }
	kept := []string{
		row("later", number(at(time.Hour))),
		row("prolonged", number(at(time.Hour))),
		row("text", `{"S":"1"}`),
		row("long ago", number(at(-6*365*24*time.Hour))),
		row("milliseconds", number(at(0)*1000)),
	}
	e.mustPut(t, wide, row("before", number(at(30*time.Second)))) // there before expiry is on
	_, err := e.UpdateTimeToLive(context.Background(), &sdk.UpdateTimeToLiveInput{
		TableName: aws.String(wide), TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String("exp"), Enabled: aws.Bool(true)},
	})
	if err != nil {
		t.Fatal(err)
	}
	e.mustPut(t, wide, row("prolonged", number(at(30*time.Second))), row("soon", number(at(30*time.Second))))
	e.mustPut(t, wide, kept...)

	now.Store(at(31 * time.Second))
	if rows := e.scanAll(t, &sdk.ScanInput{TableName: aws.String(wide)}); len(rows) != 7 {
		t.Errorf("before the sweep there are %d rows: expired ones stay visible", len(rows))
	}
	now.Store(at(2 * time.Minute))
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		rows := e.scanAll(t, &sdk.ScanInput{TableName: aws.String(wide)})
		if sameRows(rows, kept) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %q", rows)
		}
	}
	if rows := e.scanAll(t, &sdk.ScanInput{TableName: aws.String(wide), IndexName: aws.String("keys")}); len(rows) != len(kept) {
		t.Errorf("the index still has %d rows", len(rows))
	}
}
