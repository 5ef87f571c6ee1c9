import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class HistoryRetention(_message.Message):
    __slots__ = ("process_name", "app_name", "time_to_live", "source")
    class Source(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SOURCE_UNSPECIFIED: _ClassVar[HistoryRetention.Source]
        SOURCE_MODEL: _ClassVar[HistoryRetention.Source]
        SOURCE_CALL: _ClassVar[HistoryRetention.Source]
    SOURCE_UNSPECIFIED: HistoryRetention.Source
    SOURCE_MODEL: HistoryRetention.Source
    SOURCE_CALL: HistoryRetention.Source
    PROCESS_NAME_FIELD_NUMBER: _ClassVar[int]
    APP_NAME_FIELD_NUMBER: _ClassVar[int]
    TIME_TO_LIVE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    process_name: str
    app_name: str
    time_to_live: _duration_pb2.Duration
    source: HistoryRetention.Source
    def __init__(self, process_name: _Optional[str] = ..., app_name: _Optional[str] = ..., time_to_live: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., source: _Optional[_Union[HistoryRetention.Source, str]] = ...) -> None: ...
