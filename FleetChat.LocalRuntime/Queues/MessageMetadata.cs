using System.Globalization;
using FleetChat.LocalRuntime.Invocation;
using Newtonsoft.Json;

namespace FleetChat.LocalRuntime.Queues;

/// <summary>What a queue message offers to parameters by name. All of it is text, as the worker gets it: moments are JSON with their quotes, numbers are digits.</summary>
internal static class MessageMetadata
{
    public static string IdOf(ClaimedMessage message) => new Guid((int)(message.Id >> 32), (short)(message.Id >> 16), (short)message.Id, new byte[8]).ToString();

    public static Dictionary<string, object?> Of(ClaimedMessage message)
    {
        var id = IdOf(message);
        var metadata = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase)
        {
            ["QueueTrigger"] = message.Body,
            ["Id"] = id,
            ["DequeueCount"] = message.DequeueCount.ToString(CultureInfo.InvariantCulture),
            ["PopReceipt"] = $"{id}-{message.DequeueCount}",
            ["InsertionTime"] = JsonConvert.SerializeObject(message.InsertedAt),
            ["ExpirationTime"] = JsonConvert.SerializeObject(message.InsertedAt.AddDays(7)),
            ["NextVisibleTime"] = JsonConvert.SerializeObject(message.VisibleAt),
        };
        BodyMetadata.AddTo(metadata, message.Body);
        return metadata;
    }
}
