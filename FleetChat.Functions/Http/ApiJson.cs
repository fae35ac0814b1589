using System.Text.Json;
using FleetChat.Core;

namespace FleetChat.Functions.Http;

/// <summary>The API's JSON: see <see cref="PublicJson"/>.</summary>
public static class ApiJson
{
    public static readonly JsonSerializerOptions Options = PublicJson.Options;

    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);
}
