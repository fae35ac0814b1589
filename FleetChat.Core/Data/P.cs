using Npgsql;
using NpgsqlTypes;

namespace FleetChat.Core.Data;

/// <summary>Typed positional parameters: nothing about a parameter's type is left to guessing.</summary>
public static class P
{
    public static NpgsqlParameter Text(string? value) => Of(value, NpgsqlDbType.Text);

    public static NpgsqlParameter Uuid(Guid value) => new NpgsqlParameter<Guid> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Uuid };

    public static NpgsqlParameter Uuid(Guid? value) => Of(value, NpgsqlDbType.Uuid);

    public static NpgsqlParameter Number(int value) => new NpgsqlParameter<int> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Integer };

    public static NpgsqlParameter Number(int? value) => Of(value, NpgsqlDbType.Integer);

    public static NpgsqlParameter Big(long value) => new NpgsqlParameter<long> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bigint };

    public static NpgsqlParameter Big(long? value) => Of(value, NpgsqlDbType.Bigint);

    public static NpgsqlParameter Small(short value) => new NpgsqlParameter<short> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Smallint };

    public static NpgsqlParameter Bool(bool value) => new NpgsqlParameter<bool> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Boolean };

    public static NpgsqlParameter Bool(bool? value) => Of(value, NpgsqlDbType.Boolean);

    public static NpgsqlParameter Bytes(byte[]? value) => Of(value, NpgsqlDbType.Bytea);

    public static NpgsqlParameter Day(DateOnly value) => new NpgsqlParameter<DateOnly> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Date };

    public static NpgsqlParameter Day(DateOnly? value) => Of(value, NpgsqlDbType.Date);

    public static NpgsqlParameter Days(DateOnly[] value) => Of(value, NpgsqlDbType.Array | NpgsqlDbType.Date);

    public static NpgsqlParameter Time(DateTimeOffset value)
        => new NpgsqlParameter<DateTimeOffset> { TypedValue = value.ToUniversalTime(), NpgsqlDbType = NpgsqlDbType.TimestampTz };

    public static NpgsqlParameter Time(DateTimeOffset? value) => Of(value?.ToUniversalTime(), NpgsqlDbType.TimestampTz);

    public static NpgsqlParameter Span(TimeSpan value) => new NpgsqlParameter<TimeSpan> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Interval };

    public static NpgsqlParameter Texts(string?[] value) => Of(value, NpgsqlDbType.Array | NpgsqlDbType.Text);

    public static NpgsqlParameter OptionalTexts(string[]? value) => Of(value, NpgsqlDbType.Array | NpgsqlDbType.Text);

    public static NpgsqlParameter Uuids(Guid[] value) => Of(value, NpgsqlDbType.Array | NpgsqlDbType.Uuid);

    public static NpgsqlParameter UuidsOrNull(Guid[]? value) => Of(value, NpgsqlDbType.Array | NpgsqlDbType.Uuid);

    public static NpgsqlParameter OptionalUuids(Guid?[] value) => Of(value, NpgsqlDbType.Array | NpgsqlDbType.Uuid);

    public static NpgsqlParameter Numbers(int[] value) => Of(value, NpgsqlDbType.Array | NpgsqlDbType.Integer);

    public static NpgsqlParameter OptionalBigs(long?[] value) => Of(value, NpgsqlDbType.Array | NpgsqlDbType.Bigint);

    public static NpgsqlParameter Doubles(double?[] value) => Of(value, NpgsqlDbType.Array | NpgsqlDbType.Double);

    public static NpgsqlParameter Smalls(short[] value) => Of(value, NpgsqlDbType.Array | NpgsqlDbType.Smallint);

    public static NpgsqlParameter Bools(bool[] value) => Of(value, NpgsqlDbType.Array | NpgsqlDbType.Boolean);

    public static NpgsqlParameter ByteArrays(byte[]?[] value) => Of(value, NpgsqlDbType.Array | NpgsqlDbType.Bytea);

    public static NpgsqlParameter Times(DateTimeOffset?[] value)
        => Of(Array.ConvertAll(value, t => t?.ToUniversalTime()), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);

    private static NpgsqlParameter Of(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
