namespace FleetChat.Simulators.WhatsApp;

/// <summary>Which files WhatsApp takes, and how large.</summary>
internal static class MediaLimits
{
    private const int Megabyte = 1024 * 1024;

    private static readonly Dictionary<string, string> Kinds = new()
    {
        ["image/jpeg"] = "image",
        ["image/png"] = "image",
        ["image/webp"] = "sticker",
        ["video/mp4"] = "video",
        ["video/3gpp"] = "video",
        ["audio/aac"] = "audio",
        ["audio/amr"] = "audio",
        ["audio/mpeg"] = "audio",
        ["audio/mp4"] = "audio",
        ["audio/ogg"] = "audio",
        ["application/pdf"] = "document",
        ["text/plain"] = "document",
        ["application/msword"] = "document",
        ["application/vnd.ms-excel"] = "document",
        ["application/vnd.openxmlformats-officedocument.wordprocessingml.document"] = "document",
        ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"] = "document",
    };

    /// <returns>Null: WhatsApp does not take the type.</returns>
    public static string? KindOf(string mimeType) => Kinds.GetValueOrDefault(mimeType.Split(';')[0].Trim().ToLowerInvariant());

    /// <exception cref="GraphErrorException">131053: the type is unknown, or the file is too large.</exception>
    public static void CheckUpload(string mimeType, long size)
    {
        if (KindOf(mimeType) is not { } kind)
            throw GraphErrorException.UploadFailed($"files of type {mimeType} are not supported");
        var most = kind switch { "image" => 5 * Megabyte, "audio" or "video" => 16 * Megabyte, "sticker" => Megabyte / 2, _ => 100 * Megabyte };
        if (size > most)
            throw GraphErrorException.UploadFailed($"{kind} files have {most} bytes at most, and this one has {size}");
    }
}
