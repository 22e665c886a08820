package s3

import "net/http"

// Error is a failure the client is meant to see.
//
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
type Error struct {
	Status  int
	Code    string
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

var (
	errInternal            = &Error{http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again."}
	errAccessDenied        = &Error{http.StatusForbidden, "AccessDenied", "Access Denied"}
	errExpired             = &Error{http.StatusForbidden, "AccessDenied", "Request has expired"}
	errUnsignedHeader      = &Error{http.StatusForbidden, "AccessDenied", "There were headers present in the request which were not signed"}
	errInvalidAccessKey    = &Error{http.StatusForbidden, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."}
	errSignature           = &Error{http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method."}
	errSkewed              = &Error{http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."}
	errMalformedAuth       = &Error{http.StatusBadRequest, "AuthorizationHeaderMalformed", "The authorization header is malformed."}
	errMalformedQuery      = &Error{http.StatusBadRequest, "AuthorizationQueryParametersError", "The query parameters of the signature are malformed."}
	errContentSHA256       = &Error{http.StatusBadRequest, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed."}
	errBadDigest           = &Error{http.StatusBadRequest, "BadDigest", "The checksum you specified did not match what we received."}
	errInvalidDigest       = &Error{http.StatusBadRequest, "InvalidDigest", "The Content-MD5 you specified is not valid."}
	errIncompleteBody      = &Error{http.StatusBadRequest, "IncompleteBody", "The request body terminated unexpectedly or is not well formed."}
	errMissingLength       = &Error{http.StatusLengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header."}
	errTooLarge            = &Error{http.StatusBadRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size."}
	errTooSmall            = &Error{http.StatusBadRequest, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size."}
	errKeyTooLong          = &Error{http.StatusBadRequest, "KeyTooLongError", "Your key is too long."}
	errMetadataTooLarge    = &Error{http.StatusBadRequest, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size."}
	errNoSuchBucket        = &Error{http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist."}
	errNoSuchKey           = &Error{http.StatusNotFound, "NoSuchKey", "The specified key does not exist."}
	errNoSuchUpload        = &Error{http.StatusNotFound, "NoSuchUpload", "The specified multipart upload does not exist."}
	errInvalidPart         = &Error{http.StatusBadRequest, "InvalidPart", "One or more of the specified parts could not be found or did not match its ETag or checksum."}
	errPartOrder           = &Error{http.StatusBadRequest, "InvalidPartOrder", "The list of parts was not in ascending order."}
	errMalformedXML        = &Error{http.StatusBadRequest, "MalformedXML", "The XML you provided was not well-formed or did not validate."}
	errInvalidBucketName   = &Error{http.StatusBadRequest, "InvalidBucketName", "The specified bucket is not valid."}
	errBucketOwned         = &Error{http.StatusConflict, "BucketAlreadyOwnedByYou", "The bucket you tried to create already exists, and you own it."}
	errBucketNotEmpty      = &Error{http.StatusConflict, "BucketNotEmpty", "The bucket you tried to delete is not empty."}
	errLocation            = &Error{http.StatusBadRequest, "IllegalLocationConstraintException", "The location constraint is incompatible with the region this request was sent to."}
	errPreconditionFailed  = &Error{http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold."}
	errNotModified         = &Error{http.StatusNotModified, "NotModified", "Not Modified"}
	errInvalidRange        = &Error{http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable."}
	errInvalidStorageClass = &Error{http.StatusBadRequest, "InvalidStorageClass", "The storage class you specified is not valid."}
)

func errNotImplemented(message string) error {
	return &Error{http.StatusNotImplemented, "NotImplemented", message}
}

func errInvalidArgument(message string) error {
	return &Error{http.StatusBadRequest, "InvalidArgument", message}
}

func errInvalidRequest(message string) error {
	return &Error{http.StatusBadRequest, "InvalidRequest", message}
}
