package dynamodb_test

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/quilldesk/quilldesk/infra/local/dynamodb"
)

func TestProtocol(t *testing.T) {
	url := newServer(t, dynamodb.Options{Now: time.Now, NoSync: true})
	cases := map[string]struct {
		target, body string
		status       int
		kind         string // what __type ends with
	}{
		"answer":              {"DynamoDB_20120810.ListTables", "{}", 200, ""},
		"unknown operation":   {"DynamoDB_20120810.Fly", "{}", 400, "#UnknownOperationException"},
		"other service":       {"AmazonSQS.ListQueues", "{}", 400, "#UnknownOperationException"},
		"no JSON":             {"DynamoDB_20120810.ListTables", "{", 400, "#SerializationException"},
		"number for a string": {"DynamoDB_20120810.PutItem", `{"TableName":"slim","Item":{"id":{"S":1}}}`, 400, "#SerializationException"},
		"no base64":           {"DynamoDB_20120810.PutItem", `{"TableName":"slim","Item":{"id":{"B":"!"}}}`, 400, "#SerializationException"},
		"two types":           {"DynamoDB_20120810.PutItem", `{"TableName":"slim","Item":{"id":{"S":"1","N":"1"}}}`, 400, "#ValidationException"},
		"no type":             {"DynamoDB_20120810.PutItem", `{"TableName":"slim","Item":{"id":{}}}`, 400, "#ValidationException"},
		"no item":             {"DynamoDB_20120810.PutItem", `{"TableName":"slim"}`, 400, "#ValidationException"},
		"legacy parameter":    {"DynamoDB_20120810.DeleteItem", `{"TableName":"slim","Key":{},"Expected":{}}`, 400, "#ValidationException"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequest(http.MethodPost, url, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("X-Amz-Target", c.target)
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			var fault struct {
				Type string `json:"__type"`
			}
			if err := json.Unmarshal(body, &fault); err != nil {
				t.Fatal(err)
			}
			if answer.StatusCode != c.status || !strings.HasSuffix(fault.Type, c.kind) {
				t.Errorf("got %d %s", answer.StatusCode, body)
			}
			if got, want := answer.Header.Get("X-Amz-Crc32"), fmt.Sprint(crc32.ChecksumIEEE(body)); got != want {
				t.Errorf("checksum is %s, want %s", got, want)
			}
			if answer.Header.Get("X-Amzn-Requestid") == "" || answer.Header.Get("Content-Type") != "application/x-amz-json-1.0" {
				t.Errorf("got headers %v", answer.Header)
			}
		})
	}
}

// TestManyWritersCountExactly lets writers count in one item, among writes that are refused.
func TestManyWritersCountExactly(t *testing.T) {
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		const writers, each = 16, 20
		var wait sync.WaitGroup
		for range writers {
			wait.Go(func() {
				for range each {
					_, err := e.UpdateItem(context.Background(), &sdk.UpdateItemInput{
						TableName: aws.String(slim), Key: attrs(t, `"id":{"S":"count"}`),
						UpdateExpression: aws.String("ADD n :n"), ExpressionAttributeValues: attrs(t, `":n":{"N":"1"}`),
					})
					if err != nil {
						t.Error(err)
					}
					_, err = e.PutItem(context.Background(), &sdk.PutItemInput{
						TableName: aws.String(slim), Item: attrs(t, `"id":{"S":"count"}`), ConditionExpression: aws.String("attribute_not_exists(n)"),
					})
					if err == nil {
						t.Error("the condition held")
					}
				}
			})
		}
		wait.Wait()
		if got, want := e.stored(t, slim, `"id":{"S":"count"}`), fmt.Sprintf(`"id":{"S":"count"},"n":{"N":"%d"}`, writers*each); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}
