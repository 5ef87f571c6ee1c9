import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UserTaskComment(_message.Message):
    __slots__ = ("comment_id", "user_task_id", "user", "text", "create_time")
    COMMENT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    comment_id: str
    user_task_id: str
    user: str
    text: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, comment_id: _Optional[str] = ..., user_task_id: _Optional[str] = ..., user: _Optional[str] = ..., text: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class UserTaskAttachment(_message.Message):
    __slots__ = ("attachment_id", "user_task_id", "name", "content_type", "size_bytes", "user", "create_time")
    ATTACHMENT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_TASK_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    attachment_id: str
    user_task_id: str
    name: str
    content_type: str
    size_bytes: int
    user: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, attachment_id: _Optional[str] = ..., user_task_id: _Optional[str] = ..., name: _Optional[str] = ..., content_type: _Optional[str] = ..., size_bytes: _Optional[int] = ..., user: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
