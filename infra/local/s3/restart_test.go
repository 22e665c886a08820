package s3_test

import (
	"bufio"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/quilldesk/quilldesk/infra/local/s3"
)

func countBlobs(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "blobs"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// large is long enough for a file of its own.
var large = strings.Repeat("large ", 10_000)

func TestReplacedAndDeletedObjectsLeaveNoFiles(t *testing.T) {
	dir := t.TempDir()
	b := startBench(t, dir, httptest.NewServer)
	b.put(t, "k", "one"+large)
	b.put(t, "k", "two"+large)
	b.put(t, "small", "one"+large)
	b.put(t, "small", "two")
	b.put(t, "gone", large)
	if _, err := b.DeleteObject(t.Context(), &awss3.DeleteObjectInput{Bucket: aws.String(bucket), Key: aws.String("gone")}); err != nil {
		t.Fatal(err)
	}
	_, err := b.PutObject(t.Context(), &awss3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("k"), Body: strings.NewReader("three"), IfNoneMatch: aws.String("*")})
	wantCode(t, err, "PreconditionFailed")
	if n := countBlobs(t, dir); n != 1 {
		t.Errorf("%d files for one large object", n)
	}
	if got := b.get(t, "small"); got != "two" {
		t.Errorf("the small object holds %.20q", got)
	}
}

// serveEnv makes the test binary a server of the folder it names, to be killed.
const serveEnv = "QUILLDESK_TEST_S3_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(serveEnv); dir != "" {
		s, err := s3.Open(dir, s3.Options{Region: "us-east-1", AccessKeyID: keyID, SecretAccessKey: secret, Now: time.Now})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(httptest.NewServer(s.Handler()).URL)
		select {}
	}
	os.Exit(m.Run())
}

func startProcess(t *testing.T, dir string) (srv *httptest.Server, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	srv = httptest.NewServer(nil) // for its client
	t.Cleanup(srv.Close)
	srv.URL = strings.TrimSpace(line)
	return srv, kill
}

func TestObjectsSurviveAKill(t *testing.T) {
	dir := t.TempDir()
	srv, kill := startProcess(t, dir)
	c := client(srv, secret)
	if _, err := c.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: aws.String(bucket)}); err != nil {
		t.Fatal(err)
	}
	// Every other key holds a large object, 70 KB, with a file of its own.
	body := func(i int) string { return strings.Repeat(fmt.Sprintf("%06d ", i), 100+i%2*10_000) }
	acknowledged := make(chan int, 100_000)
	go func() { // writes the same ten keys over and over until the process is gone
		defer close(acknowledged)
		for i := 0; ; i++ {
			key := fmt.Sprint(i % 10)
			if _, err := c.PutObject(t.Context(), &awss3.PutObjectInput{Bucket: aws.String(bucket), Key: &key, Body: strings.NewReader(body(i))}); err != nil {
				return
			}
			acknowledged <- i
		}
	}()
	last := 0
	for range 50 {
		last = <-acknowledged
	}
	kill()
	for i := range acknowledged {
		last = i
	}

	// What a process that died between file and index entry leaves behind.
	if err := os.MkdirAll(filepath.Join(dir, "blobs", "00"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "blobs", "00", "00orphan"), nil, 0o600); err != nil {
		t.Fatal(err)
	}

	b := startBench(t, dir, httptest.NewServer)
	for i := last - 9; i <= last; i++ {
		// The write under way at the kill may have happened, unanswered.
		if got := b.get(t, fmt.Sprint(i%10)); got != body(i) && got != body(last+1) {
			t.Errorf("object %d was lost or torn: %.20q", i%10, got)
		}
	}
	if n := countBlobs(t, dir); n != 5 {
		t.Errorf("%d files for five large objects after recovery", n)
	}
}

func TestUploadUnderWaySurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, time.Now)
	srv := httptest.NewServer(s.Handler())
	b := &bench{Client: client(srv, secret)}
	if _, err := b.CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: aws.String(bucket)}); err != nil {
		t.Fatal(err)
	}
	m := startMultipart(t, b, awss3.CreateMultipartUploadInput{ChecksumAlgorithm: "CRC32"})
	m.upload(1, []byte("whole"))
	srv.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	m.bench = startBench(t, dir, httptest.NewServer)
	if _, err := m.complete(); err != nil {
		t.Fatal(err)
	}
	if got := m.get(t, "big"); got != "whole" {
		t.Errorf("got %q", got)
	}
}
