package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/quilldesk/quilldesk/infra/local/template"
)

// provision brings tables, buckets and queues into the state the template
// describes, whatever an earlier start left. Everything goes through the
// services' public APIs, as CloudFormation would.
func (c clients) provision(ctx context.Context, model *template.Model) error {
	for _, table := range model.Tables {
		if err := c.table(ctx, table); err != nil {
			return fmt.Errorf("setting up table %s: %w", table.Name, err)
		}
	}
	for _, bucket := range model.Buckets {
		if err := c.bucket(ctx, bucket.Name); err != nil {
			return fmt.Errorf("setting up bucket %s: %w", bucket.Name, err)
		}
	}
	queues := slices.Clone(model.Queues)
	slices.SortStableFunc(queues, deadLettersFirst)
	for _, queue := range queues {
		if err := c.queue(ctx, queue); err != nil {
			return fmt.Errorf("setting up queue %s: %w", queue.Name, err)
		}
	}
	return nil
}

// deadLettersFirst sorts queues so that each redrive target exists when named.
func deadLettersFirst(a, b template.Queue) int {
	switch {
	case (a.Redrive == nil) == (b.Redrive == nil):
		return 0
	case a.Redrive == nil:
		return -1
	default:
		return 1
	}
}

func (c clients) table(ctx context.Context, t template.Table) error {
	found, err := c.dynamodb.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &t.Name})
	if missing := (*ddb.ResourceNotFoundException)(nil); errors.As(err, &missing) {
		return c.createTable(ctx, t)
	}
	if err != nil {
		return err
	}
	if !slices.Equal(keyOf(found.Table.KeySchema), t.Key) {
		return errors.New("the template has another key than the data folder; delete the data folder to start anew")
	}
	return c.alterIndexes(ctx, t, found.Table.GlobalSecondaryIndexes)
}

func (c clients) createTable(ctx context.Context, t template.Table) error {
	in := &dynamodb.CreateTableInput{
		TableName: &t.Name, BillingMode: ddb.BillingModePayPerRequest,
		AttributeDefinitions: attributeDefinitions(t), KeySchema: keySchema(t.Key),
	}
	for _, index := range t.Indexes {
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, ddb.GlobalSecondaryIndex{
			IndexName: &index.Name, KeySchema: keySchema(index.Key), Projection: projection(index),
		})
	}
	if _, err := c.dynamodb.CreateTable(ctx, in); err != nil {
		return err
	}
	if t.TTLAttribute == "" {
		return nil
	}
	_, err := c.dynamodb.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{TableName: &t.Name,
		TimeToLiveSpecification: &ddb.TimeToLiveSpecification{AttributeName: &t.TTLAttribute, Enabled: aws.Bool(true)}})
	return err
}

// alterIndexes deletes indexes that the template no longer has or has otherwise,
// and adds those that are missing, one per call as DynamoDB wants.
func (c clients) alterIndexes(ctx context.Context, t template.Table, have []ddb.GlobalSecondaryIndexDescription) error {
	kept := map[string]bool{}
	for _, old := range have {
		kept[*old.IndexName] = slices.ContainsFunc(t.Indexes, func(i template.Index) bool { return sameIndex(i, old) })
		if kept[*old.IndexName] {
			continue
		}
		if err := c.alterIndex(ctx, t, ddb.GlobalSecondaryIndexUpdate{Delete: &ddb.DeleteGlobalSecondaryIndexAction{IndexName: old.IndexName}}); err != nil {
			return err
		}
	}
	for _, index := range t.Indexes {
		if kept[index.Name] {
			continue
		}
		if err := c.alterIndex(ctx, t, ddb.GlobalSecondaryIndexUpdate{Create: &ddb.CreateGlobalSecondaryIndexAction{
			IndexName: &index.Name, KeySchema: keySchema(index.Key), Projection: projection(index),
		}}); err != nil {
			return err
		}
	}
	return nil
}

func (c clients) alterIndex(ctx context.Context, t template.Table, change ddb.GlobalSecondaryIndexUpdate) error {
	_, err := c.dynamodb.UpdateTable(ctx, &dynamodb.UpdateTableInput{
		TableName: &t.Name, AttributeDefinitions: attributeDefinitions(t), GlobalSecondaryIndexUpdates: []ddb.GlobalSecondaryIndexUpdate{change},
	})
	return err
}

func sameIndex(want template.Index, have ddb.GlobalSecondaryIndexDescription) bool {
	nonKey := slices.Sorted(slices.Values(have.Projection.NonKeyAttributes))
	return want.Name == *have.IndexName && slices.Equal(keyOf(have.KeySchema), want.Key) &&
		want.Projection == string(have.Projection.ProjectionType) &&
		slices.Equal(nonKey, slices.Sorted(slices.Values(want.NonKey)))
}

func attributeDefinitions(t template.Table) (out []ddb.AttributeDefinition) {
	for _, a := range t.Attributes {
		out = append(out, ddb.AttributeDefinition{AttributeName: &a.Name, AttributeType: ddb.ScalarAttributeType(a.Type)})
	}
	return out
}

func keySchema(key []template.KeyElement) (out []ddb.KeySchemaElement) {
	for _, k := range key {
		out = append(out, ddb.KeySchemaElement{AttributeName: &k.Name, KeyType: ddb.KeyType(k.Type)})
	}
	return out
}

func keyOf(schema []ddb.KeySchemaElement) (out []template.KeyElement) {
	for _, k := range schema {
		out = append(out, template.KeyElement{Name: *k.AttributeName, Type: string(k.KeyType)})
	}
	return out
}

func projection(i template.Index) *ddb.Projection {
	return &ddb.Projection{ProjectionType: ddb.ProjectionType(i.Projection), NonKeyAttributes: i.NonKey}
}

func (c clients) bucket(ctx context.Context, name string) error {
	_, err := c.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name})
	if ours := (*s3types.BucketAlreadyOwnedByYou)(nil); errors.As(err, &ours) {
		return nil
	}
	return err
}

func (c clients) queue(ctx context.Context, q template.Queue) error {
	attributes, err := queueAttributes(q)
	if err != nil {
		return err
	}
	found, err := c.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &q.Name})
	if missing := (*sqstypes.QueueDoesNotExist)(nil); errors.As(err, &missing) {
		_, err = c.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &q.Name, Attributes: attributes})
		return err
	}
	if err != nil {
		return err
	}
	_, err = c.sqs.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: found.QueueUrl, Attributes: attributes})
	return err
}

func queueAttributes(q template.Queue) (map[string]string, error) {
	out := map[string]string{
		"VisibilityTimeout":             inSeconds(q.Visibility),
		"DelaySeconds":                  inSeconds(q.Delay),
		"MessageRetentionPeriod":        inSeconds(q.Retention),
		"ReceiveMessageWaitTimeSeconds": inSeconds(q.ReceiveWait),
		"MaximumMessageSize":            strconv.Itoa(q.MaxBytes),
	}
	if q.Redrive != nil {
		policy, err := json.Marshal(map[string]any{"deadLetterTargetArn": q.Redrive.TargetARN, "maxReceiveCount": q.Redrive.MaxReceive})
		if err != nil {
			return nil, err
		}
		out["RedrivePolicy"] = string(policy)
	}
	return out, nil
}

func inSeconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// key returns the ARN of the key with the given alias, making both if need be.
func (c clients) key(ctx context.Context, name string) (string, error) {
	alias := "alias/" + name
	found, err := c.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &alias})
	if err == nil {
		return *found.KeyMetadata.Arn, nil
	}
	if missing := (*kmstypes.NotFoundException)(nil); !errors.As(err, &missing) {
		return "", err
	}
	made, err := c.kms.CreateKey(ctx, &kms.CreateKeyInput{})
	if err != nil {
		return "", err
	}
	_, err = c.kms.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: &alias, TargetKeyId: made.KeyMetadata.KeyId})
	return *made.KeyMetadata.Arn, err
}
