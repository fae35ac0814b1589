using System.Globalization;

namespace FleetChat.Core.WhatsApp;

/// <summary>What Meta's error codes mean for us.</summary>
public static class MetaErrors
{
    public static IReadOnlyList<MetaError> All => MetaErrorTable.All;

    public static MetaError? Find(int code) => All.FirstOrDefault(error => error.Code <= code && code <= error.Last);

    /// <returns>Every code of a class, those of ranges one by one.</returns>
    public static int[] CodesOf(MetaErrorClass errorClass)
        => [.. All.Where(error => error.Class == errorClass).SelectMany(error => Enumerable.Range(error.Code, error.Last - error.Code + 1))];

    /// <param name="isTransient">What the error says of itself: it decides about a code that we don't know.</param>
    public static MetaErrorClass Classify(int code, bool isTransient)
        => Find(code)?.Class ?? (isTransient ? MetaErrorClass.Retry : MetaErrorClass.GiveUp);

    /// <returns>A sentence for people; also of a code that we don't know.</returns>
    public static string TextOf(int code)
        => Find(code)?.Text ?? string.Create(CultureInfo.InvariantCulture, $"WhatsApp refused it with the code {code}, which FleetChat does not know. Look it up with Meta.");
}
