package dynamodb_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestTableLifeCycle(t *testing.T) {
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		ctx := context.Background()
		err := sdk.NewTableExistsWaiter(e).Wait(ctx, &sdk.DescribeTableInput{TableName: aws.String(wide)}, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		e.mustPut(t, wide, `"pk":{"S":"a"},"sk":{"S":"b"}`)
		described, err := e.DescribeTable(ctx, &sdk.DescribeTableInput{TableName: aws.String(wide)})
		if err != nil {
			t.Fatal(err)
		}
		table := described.Table
		if table.TableStatus != "ACTIVE" || aws.ToInt64(table.ItemCount) != 1 || len(table.GlobalSecondaryIndexes) != 3 ||
			len(table.LocalSecondaryIndexes) != 1 || table.BillingModeSummary.BillingMode != "PAY_PER_REQUEST" ||
			time.Since(aws.ToTime(table.CreationDateTime)).Abs() > time.Hour {
			t.Errorf("got %+v", table)
		}
		listed, err := e.ListTables(ctx, &sdk.ListTablesInput{Limit: aws.Int32(1)})
		if err != nil || !slices.Equal(listed.TableNames, []string{slim}) || aws.ToString(listed.LastEvaluatedTableName) != slim {
			t.Errorf("got %v, %v", listed, err)
		}
		listed, err = e.ListTables(ctx, &sdk.ListTablesInput{ExclusiveStartTableName: aws.String(slim)})
		if err != nil || !slices.Equal(listed.TableNames, []string{wide}) || listed.LastEvaluatedTableName != nil {
			t.Errorf("got %v, %v", listed, err)
		}
		if _, err := e.DeleteTable(ctx, &sdk.DeleteTableInput{TableName: aws.String(wide)}); err != nil {
			t.Fatal(err)
		}
		var missing *types.ResourceNotFoundException
		if _, err := e.DescribeTable(ctx, &sdk.DescribeTableInput{TableName: aws.String(wide)}); !errors.As(err, &missing) {
			t.Errorf("got %v", err)
		}
		e.dropTables()
		e.createTables(t)
		if got := e.stored(t, wide, `"pk":{"S":"a"},"sk":{"S":"b"}`); got != "" {
			t.Errorf("the new table has the old item %s", got)
		}
	})
}

func TestCreateTableRefused(t *testing.T) {
	hash := []types.KeySchemaElement{key("id", "HASH")}
	id := []types.AttributeDefinition{attribute("id", "S")}
	cases := map[string]struct {
		in   sdk.CreateTableInput
		want fault
	}{
		"taken":               {sdk.CreateTableInput{TableName: aws.String(slim), KeySchema: hash, AttributeDefinitions: id}, fault{"ResourceInUseException", "Table already exists: slim", "Cannot create preexisting table"}},
		"name too short":      {sdk.CreateTableInput{TableName: aws.String("ab"), KeySchema: hash, AttributeDefinitions: id}, fault{validation, "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'", ""}},
		"name with space":     {sdk.CreateTableInput{TableName: aws.String("a b c"), KeySchema: hash, AttributeDefinitions: id}, fault{validation, "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'", ""}},
		"attribute too many":  {sdk.CreateTableInput{TableName: aws.String("new"), KeySchema: hash, AttributeDefinitions: append(slices.Clone(id), attribute("x", "S"))}, fault{validation, "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions", "*"}},
		"attribute undefined": {sdk.CreateTableInput{TableName: aws.String("new"), KeySchema: []types.KeySchemaElement{key("x", "HASH")}, AttributeDefinitions: id}, fault{validation, "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [x], AttributeDefinitions: [id]", "*"}},
		"no hash key":         {sdk.CreateTableInput{TableName: aws.String("new"), KeySchema: []types.KeySchemaElement{key("id", "RANGE")}, AttributeDefinitions: id}, fault{validation, "Invalid KeySchema: The first KeySchemaElement is not a HASH key type", "*"}},
	}
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				c.in.BillingMode = "PAY_PER_REQUEST"
				_, err := e.CreateTable(context.Background(), &c.in)
				c.want.check(t, e, err)
			})
		}
		_, err := e.CreateTable(context.Background(), &sdk.CreateTableInput{TableName: aws.String("new"), KeySchema: hash, AttributeDefinitions: id})
		fault{validation, "No provisioned throughput specified for the table", ""}.check(t, e, err)
	})
}

func TestIndexAddedAndDropped(t *testing.T) {
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		ctx := context.Background()
		e.mustPut(t, slim, `"id":{"S":"1"},"k":{"N":"7"}`, `"id":{"S":"3"}`)
		if e.embedded { // DynamoDB Local indexes it although AWS does not
			e.mustPut(t, slim, `"id":{"S":"2"},"k":{"S":"no number"}`)
		}
		_, err := e.UpdateTable(ctx, &sdk.UpdateTableInput{
			TableName: aws.String(slim), AttributeDefinitions: []types.AttributeDefinition{attribute("id", "S"), attribute("k", "N")},
			GlobalSecondaryIndexUpdates: []types.GlobalSecondaryIndexUpdate{{Create: &types.CreateGlobalSecondaryIndexAction{
				IndexName: aws.String("byk"), KeySchema: []types.KeySchemaElement{key("k", "HASH")}, Projection: projection("ALL"),
			}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		e.waitForIndex(t, types.IndexStatusActive)
		e.mustPut(t, slim, `"id":{"S":"4"},"k":{"N":"7"}`)
		found := e.scanAll(t, &sdk.ScanInput{TableName: aws.String(slim), IndexName: aws.String("byk")})
		if !sameRows(found, []string{`"id":{"S":"1"},"k":{"N":"7"}`, `"id":{"S":"4"},"k":{"N":"7"}`}) {
			t.Errorf("got %q", found)
		}
		_, err = e.UpdateTable(ctx, &sdk.UpdateTableInput{
			TableName:                   aws.String(slim),
			GlobalSecondaryIndexUpdates: []types.GlobalSecondaryIndexUpdate{{Delete: &types.DeleteGlobalSecondaryIndexAction{IndexName: aws.String("byk")}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		e.waitForIndex(t, "")
		_, err = e.Scan(ctx, &sdk.ScanInput{TableName: aws.String(slim), IndexName: aws.String("byk")})
		fault{validation, "The table does not have the specified index: byk", ""}.check(t, e, err)
		e.mustPut(t, slim, `"id":{"S":"5"},"k":{"S":"free again"}`)
	})
}

// waitForIndex waits until the only index of slim has the status; empty: until it is gone.
func (e endpoint) waitForIndex(t *testing.T, status types.IndexStatus) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		described, err := e.DescribeTable(context.Background(), &sdk.DescribeTableInput{TableName: aws.String(slim)})
		if err != nil {
			t.Fatal(err)
		}
		var now types.IndexStatus
		for _, index := range described.Table.GlobalSecondaryIndexes {
			now = index.IndexStatus
		}
		if now == status {
			return
		}
		if e.embedded || time.Now().After(deadline) {
			t.Fatalf("index is %q, want %q", now, status)
		}
	}
}

func TestTimeToLiveSettings(t *testing.T) {
	against(t, func(t *testing.T, e endpoint) {
		e.createTables(t)
		ctx := context.Background()
		set := func(enabled bool) error {
			_, err := e.UpdateTimeToLive(ctx, &sdk.UpdateTimeToLiveInput{
				TableName:               aws.String(slim),
				TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String("exp"), Enabled: &enabled},
			})
			return err
		}
		described := func() types.TimeToLiveDescription {
			out, err := e.DescribeTimeToLive(ctx, &sdk.DescribeTimeToLiveInput{TableName: aws.String(slim)})
			if err != nil {
				t.Fatal(err)
			}
			return *out.TimeToLiveDescription
		}
		if got := described(); got.TimeToLiveStatus != "DISABLED" || got.AttributeName != nil {
			t.Errorf("got %+v", got)
		}
		fault{validation, "TimeToLive is already disabled", ""}.check(t, e, set(false))
		if err := set(true); err != nil {
			t.Fatal(err)
		}
		fault{validation, "TimeToLive is already enabled", ""}.check(t, e, set(true))
		if got := described(); got.TimeToLiveStatus != "ENABLED" || aws.ToString(got.AttributeName) != "exp" {
			t.Errorf("got %+v", got)
		}
		if e.embedded { // DynamoDB Local waits an hour between changes, as AWS does
			if err := set(false); err != nil {
				t.Error(err)
			}
		}
	})
}
