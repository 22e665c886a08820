package lambda

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// queueEvent is the JSON Lambda passes for SQS. It is written out rather than
// taken from aws-lambda-go, whose types are the reader's side and drop what
// they do not know.
type queueEvent struct {
	Records []queueRecord `json:"Records"`
}

type queueRecord struct {
	MessageID              string                    `json:"messageId"`
	ReceiptHandle          string                    `json:"receiptHandle"`
	Body                   string                    `json:"body"`
	Attributes             map[string]string         `json:"attributes"`
	MessageAttributes      map[string]queueAttribute `json:"messageAttributes"`
	MD5OfMessageAttributes string                    `json:"md5OfMessageAttributes,omitempty"`
	MD5OfBody              string                    `json:"md5OfBody"`
	EventSource            string                    `json:"eventSource"`
	EventSourceARN         string                    `json:"eventSourceARN"`
	Region                 string                    `json:"awsRegion"`
}

type queueAttribute struct {
	StringValue      *string  `json:"stringValue,omitempty"`
	BinaryValue      []byte   `json:"binaryValue,omitempty"`
	StringListValues []string `json:"stringListValues"`
	BinaryListValues [][]byte `json:"binaryListValues"`
	DataType         string   `json:"dataType"`
}

func (m *Mapping) event(batch []types.Message) queueEvent {
	var event queueEvent
	for _, msg := range batch {
		record := queueRecord{
			MessageID:              aws.ToString(msg.MessageId),
			ReceiptHandle:          aws.ToString(msg.ReceiptHandle),
			Body:                   aws.ToString(msg.Body),
			Attributes:             msg.Attributes,
			MessageAttributes:      map[string]queueAttribute{},
			MD5OfMessageAttributes: aws.ToString(msg.MD5OfMessageAttributes),
			MD5OfBody:              aws.ToString(msg.MD5OfBody),
			EventSource:            "aws:sqs",
			EventSourceARN:         m.QueueARN,
			Region:                 m.Region,
		}
		for name, attribute := range msg.MessageAttributes {
			record.MessageAttributes[name] = queueAttribute{
				StringValue:      attribute.StringValue,
				BinaryValue:      attribute.BinaryValue,
				StringListValues: []string{},
				BinaryListValues: [][]byte{},
				DataType:         aws.ToString(attribute.DataType),
			}
		}
		event.Records = append(event.Records, record)
	}
	return event
}
