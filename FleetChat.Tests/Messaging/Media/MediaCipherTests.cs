using System.Security.Cryptography;
using FleetChat.Core.Messaging.Media;
using FleetChat.Core.Security;

namespace FleetChat.Tests.Messaging.Media;

public sealed class MediaCipherTests
{
    private static readonly Guid Medium = new("0199b0a0-0000-7000-8000-000000000001");
    private readonly DataKey _key = Key("acme_001");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(MediaCipher.PieceLength - 1)]
    [InlineData(MediaCipher.PieceLength)]
    [InlineData(MediaCipher.PieceLength + 1)]
    [InlineData(3 * MediaCipher.PieceLength)]
    public async Task What_was_sealed_opens_as_it_was(int length)
    {
        var plain = RandomNumberGenerator.GetBytes(length);

        var kept = await SealAsync(plain);

        Assert.Equal(plain, await OpenAsync(kept));
        if (length > 16) Assert.Equal(-1, kept.AsSpan().IndexOf(plain.AsSpan(0, 16)));
    }

    [Fact]
    public async Task Cut_anywhere_it_does_not_open()
    {
        var kept = await SealAsync(RandomNumberGenerator.GetBytes((2 * MediaCipher.PieceLength) + 10));
        var piece = MediaCipher.PieceLength + 4 + 31;

        foreach (var length in new[] { 0, 1, 3, 1 + 4, 1 + piece, 1 + piece + 2, 1 + (2 * piece), kept.Length - 1 })
            await Assert.ThrowsAnyAsync<CryptographicException>(() => OpenAsync(kept[..length]));
    }

    [Fact]
    public async Task Pieces_in_another_order_do_not_open()
    {
        var kept = await SealAsync(RandomNumberGenerator.GetBytes(3 * MediaCipher.PieceLength));
        var piece = MediaCipher.PieceLength + 4 + 31;
        byte[] swapped = [kept[0], .. kept.AsSpan(1 + piece, piece), .. kept.AsSpan(1, piece), .. kept.AsSpan(1 + (2 * piece))];

        await Assert.ThrowsAnyAsync<CryptographicException>(() => OpenAsync(swapped));
    }

    [Fact]
    public async Task Of_another_medium_or_another_company_it_does_not_open()
    {
        var kept = await SealAsync([1, 2, 3]);

        await Assert.ThrowsAnyAsync<CryptographicException>(() => OpenAsync(kept, medium: Guid.Empty));
        await Assert.ThrowsAnyAsync<CryptographicException>(() => OpenAsync(kept, Key("other_001")));
    }

    private static DataKey Key(string owner) => new(owner, new Dictionary<ushort, byte[]> { [1] = new byte[32] }, new byte[32]);

    private async Task<byte[]> SealAsync(byte[] plain)
    {
        using var kept = new MemoryStream();
        await MediaCipher.Seal(_key, Medium, new MemoryStream(plain)).CopyToAsync(kept);
        return kept.ToArray();
    }

    private async Task<byte[]> OpenAsync(byte[] kept, DataKey? key = null, Guid? medium = null)
    {
        using var plain = new MemoryStream();
        await MediaCipher.OpenAsync(key ?? _key, medium ?? Medium, new MemoryStream(kept), plain, default);
        return plain.ToArray();
    }
}
