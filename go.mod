module github.com/quilldesk/quilldesk

go 1.26.8
