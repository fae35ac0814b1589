using System.Security.Cryptography;
using System.Text.Json;

namespace FleetChat.Core.Security;

/// <summary>
/// Opens what the rows of one answer hold encrypted. What does not open (changed, of another place, of a key that is gone) is left out
/// and counted: one row never takes the others with it. <see cref="UnreadableRows"/> tells of it.
/// </summary>
internal sealed class RowOpener(DataKey key)
{
    /// <summary>For what is made once and kept: it had better not be made than be made with holes, so what does not open is thrown.</summary>
    public bool IsStrict { get; init; }

    /// <summary>How many values did not open so far. A row during whose reading it grew is unreadable.</summary>
    public int LeftOut { get; private set; }

    /// <summary>The first message that did not open; null: all did.</summary>
    public Guid? Message { get; private set; }

    /// <returns>Null: it does not open.</returns>
    public string? Text(Column column, Guid row, byte[] sealedText) => Open(opener => opener.Decrypt(column, row, sealedText));

    /// <returns>Null: it does not open.</returns>
    public T? Open<T>(Func<DataKey, T> open)
        where T : class
    {
        try
        {
            return open(key);
        }
        catch (Exception closed) when (!IsStrict && closed is (CryptographicException or JsonException))
        {
            LeftOut++;
            return null;
        }
    }

    /// <summary>A message is among what did not open.</summary>
    public void NoteMessage(Guid message) => Message ??= message;
}
