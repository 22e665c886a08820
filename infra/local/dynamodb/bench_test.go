package dynamodb_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/quilldesk/quilldesk/infra/local/dynamodb"
)

// benchmarkEndpoint waits for the disk, as the real server does.
func benchmarkEndpoint(b *testing.B) endpoint {
	e := endpoint{newClient(b, newServer(b, dynamodb.Options{Now: time.Now})), true}
	e.createTables(b)
	return e
}

func benchmarkItem(b testing.TB, partition, i int) map[string]types.AttributeValue {
	return attrs(b, fmt.Sprintf(`"pk":{"S":"org-%d"},"sk":{"S":"conversation-%07d"},"g1":{"S":"org-%d"},"g2":{"N":"%d"},"x":{"S":"%s"}`,
		partition, i, partition, i, strings.Repeat("x", 200)))
}

func (e endpoint) fill(b testing.TB, items int) {
	for at := 0; at < items; at += 25 {
		var requests []types.WriteRequest
		for i := at; i < at+25; i++ {
			requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: benchmarkItem(b, i%100, i)}})
		}
		if _, err := e.BatchWriteItem(context.Background(), &sdk.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{wide: requests}}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPut(b *testing.B) {
	for _, items := range []int{0, 100_000} {
		b.Run(fmt.Sprintf("table of %d", items), func(b *testing.B) {
			e := benchmarkEndpoint(b)
			e.fill(b, items)
			for i := 0; b.Loop(); i++ {
				if _, err := e.PutItem(context.Background(), &sdk.PutItemInput{TableName: aws.String(wide), Item: benchmarkItem(b, i%100, items+i)}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPutByManyWriters(b *testing.B) {
	e := benchmarkEndpoint(b)
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if _, err := e.PutItem(context.Background(), &sdk.PutItemInput{TableName: aws.String(wide), Item: benchmarkItem(b, i%100, i)}); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkQuery50(b *testing.B) {
	for _, items := range []int{10_000, 100_000} {
		b.Run(fmt.Sprintf("table of %d", items), func(b *testing.B) {
			e := benchmarkEndpoint(b)
			e.fill(b, items)
			in := asked{index: "all", condition: "g1 = :g", values: `":g":{"S":"org-7"}`, change: backwards}
			for b.Loop() {
				out, err := e.Query(context.Background(), &sdk.QueryInput{
					TableName: aws.String(wide), IndexName: &in.index, KeyConditionExpression: &in.condition,
					ExpressionAttributeValues: attrs(b, in.values), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(50),
				})
				if err != nil || out.Count != 50 {
					b.Fatal(out, err)
				}
			}
		})
	}
}

func BenchmarkTransact3(b *testing.B) {
	e := benchmarkEndpoint(b)
	for i := 0; b.Loop(); i++ {
		err := e.transact("",
			types.TransactWriteItem{Put: &types.Put{TableName: aws.String(wide), Item: benchmarkItem(b, i%100, i)}},
			updateAction(b, slim, `"id":{"S":"counter"}`, "ADD n :n", `":n":{"N":"1"}`),
			putAction(b, slim, fmt.Sprintf(`"id":{"S":"%d"}`, i)))
		if err != nil {
			b.Fatal(err)
		}
	}
}
