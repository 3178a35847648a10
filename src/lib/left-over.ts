/** Names that package tools and editors leave beside the file that counts. */

const LEFT_OVER =
  /(?:~|\.(?:dpkg-(?:new|old|dist|tmp|bak|del|remove)|ucf-(?:new|old|dist|tmp)|rpm(?:new|save|orig)|pac(?:new|save)|sw[a-p]))$|^#.*#$|^\.#/;

/**
 * Whether a file of this name (without its folder) only stands beside another one: what dpkg(1), ucf(1), rpm(8) and
 * editors write while they exchange a file, or keep of the old one. In folders where the reader itself takes any name.
 */
export function isLeftOver(name: string): boolean {
  return LEFT_OVER.test(name);
}
