using System.Text;
using FleetChat.LocalRuntime.Invocation;
using Newtonsoft.Json.Linq;

namespace FleetChat.LocalRuntime.Queues;

/// <summary>The messages that the real host makes of a queue output's value.</summary>
internal static class QueueMessages
{
    /// <summary>Azure Storage takes 64 KB of base64, which is 48 KB of text.</summary>
    public const int LargestBody = 64 * 1024 / 4 * 3;

    /// <summary>A string that is a JSON array becomes one message per element, one that is a JSON object is written anew; any other array is one message per item.</summary>
    public static IEnumerable<string> Of(object? received) => received switch
    {
        null => [],
        byte[] bytes => [Encoding.UTF8.GetString(bytes)],
        string text when HostText.LooksLikeJson(text) => OfToken(HostText.Parse(text)),
        string text => [text],
        JToken token => OfToken(token),
        _ => [HostText.Of(received)],
    };

    private static IEnumerable<string> OfToken(JToken token) => token is JArray array ? array.Select(HostText.Of) : [HostText.Of(token)];

    /// <exception cref="InvalidOperationException">The message is larger than Azure Storage takes.</exception>
    public static void RefuseTooLarge(string queue, string body)
    {
        if (body.Length > LargestBody || Encoding.UTF8.GetByteCount(body) > LargestBody)
            throw new InvalidOperationException($"A message for the queue '{queue}' exceeds the maximum of 65536 bytes in base64.");
    }
}
