using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FleetChat.Simulators.Hosting;

namespace FleetChat.Simulators.WhatsApp;

/// <summary>Meta's body and its signature: HMAC-SHA256 over the bytes on the wire, and those are ASCII with lower-case <c>\uXXXX</c>.</summary>
public static class WhatsAppSignature
{
    /// <param name="appSecret">As text; it is not decoded.</param>
    /// <returns><c>sha256=</c> and 64 lower-case hex digits.</returns>
    public static string Sign(string appSecret, ReadOnlySpan<byte> body) => "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(appSecret), body));

    public static byte[] Body(JsonObject payload, bool escapeSlashes) => Encoding.ASCII.GetBytes(Escape(payload.ToJsonString(SimulatorJson.Wire), escapeSlashes));

    // Beyond ASCII there are only characters of strings, so the text can be walked without parsing it.
    private static string Escape(string json, bool escapeSlashes)
    {
        var ascii = new StringBuilder(json.Length);
        for (var at = 0; at < json.Length; at++)
        {
            var character = json[at];
            if (character == '\\' && json[at + 1] == 'u')
            {
                ascii.Append("\\u").Append(json.Substring(at + 2, 4).ToLowerInvariant());
                at += 5;
            }
            else if (character == '\\')
            {
                ascii.Append(character).Append(json[++at]);
            }
            else if (character > 126)
            {
                ascii.Append("\\u").Append(((int)character).ToString("x4", System.Globalization.CultureInfo.InvariantCulture));
            }
            else if (character == '/' && escapeSlashes)
            {
                ascii.Append("\\/");
            }
            else
            {
                ascii.Append(character);
            }
        }
        return ascii.ToString();
    }
}
