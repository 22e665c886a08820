// Web serves the built page from the same origin as the API.
package main

import (
	"os"
	"path/filepath"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"

	"github.com/quilldesk/quilldesk/internal/page"
)

func main() {
	root := filepath.Join(os.Getenv("LAMBDA_TASK_ROOT"), "web")
	handler := page.New(os.DirFS(root), page.Config{Issuer: os.Getenv("ISSUER"), ClientID: os.Getenv("CLIENT_ID")})
	lambda.Start(httpadapter.NewV2(handler).ProxyWithContext)
}
